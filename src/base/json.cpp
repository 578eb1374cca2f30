#include "base/json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace tokctl {
namespace {

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text,
                             [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

// Watches the names of the objects being parsed.
class MemberCheck {
 public:
  bool operator()(int depth, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
    if (depth > kJsonDepthMax) failed_ = true;
    if (failed_) return false;
    const auto level = static_cast<std::size_t>(depth);
    if (event == nlohmann::json::parse_event_t::object_start) {
      names_.resize(level + 2);
      names_[level + 1].clear();
    } else if (event == nlohmann::json::parse_event_t::key) {
      failed_ = !names_[level].insert(parsed.get<std::string>()).second;
    }
    return true;
  }
  bool failed() const { return failed_; }

 private:
  std::vector<std::set<std::string>> names_;  // by depth
  bool failed_ = false;
};

}  // namespace

bool all_is_read_as_json(std::string_view text) {
  return !text.starts_with("\xEF") && text.find('\0') == std::string_view::npos;
}

std::optional<nlohmann::json> parse_json_object(std::string_view text) {
  if (!all_is_read_as_json(text)) return std::nullopt;
  MemberCheck check;
  auto json = nlohmann::json::parse(text, std::ref(check), /*allow_exceptions=*/false);
  if (check.failed() || !json.is_object()) return std::nullopt;
  return json;
}

void append_json_string(std::string& out, std::string_view text) {
  if (is_plain(text)) {
    out += '"';
    out += text;
    out += '"';
  } else {
    out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
}

void append_json_strings(std::string& out, const std::vector<std::string>& list) {
  out += '[';
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i > 0) out += ',';
    append_json_string(out, list[i]);
  }
  out += ']';
}

}  // namespace tokctl
