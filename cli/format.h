// The shapes that output comes in.
#pragma once

#include <optional>
#include <string_view>

namespace tokctl::cli {

enum class Format { kTable, kJson, kJsonl, kCsv, kId, kRaw };

inline constexpr std::string_view kFormats = "table|json|jsonl|csv|id|raw";

constexpr std::optional<Format> format_from(std::string_view text) {
  if (text == "table") return Format::kTable;
  if (text == "json") return Format::kJson;
  if (text == "jsonl") return Format::kJsonl;
  if (text == "csv") return Format::kCsv;
  if (text == "id") return Format::kId;
  if (text == "raw") return Format::kRaw;
  return std::nullopt;
}

}  // namespace tokctl::cli
