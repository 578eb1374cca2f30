#include "cli/listing.h"

#include <fmt/core.h>

#include "base/error.h"
#include "base/time_text.h"
#include "base/utf8.h"

namespace tokctl::cli {
namespace {

// a|b -> a|-a|b|-b
std::string both_ways(std::string_view fields) {
  std::string all;
  for (std::size_t start = 0; start <= fields.size();) {
    const auto end = std::min(fields.find('|', start), fields.size());
    const auto field = fields.substr(start, end - start);
    all += fmt::format("{}{}|-{}", all.empty() ? "" : "|", field, field);
    start = end + 1;
  }
  return all;
}

}  // namespace

void add_list_options(Command& command, ListOptions& options, const std::string& sorts,
                      const std::string& filters) {
  if (!filters.empty()) {
    command.texts("--filter", "FIELD=VALUE", options.filters,
                  fmt::format("Only those with this {}; may be repeated", spelled_out(filters)));
  }
  if (!sorts.empty()) {
    command.choice("--sort", both_ways(sorts), options.sort, "Order; the other way round with -");
  }
  command.number("--limit", "N", 1, INT64_MAX, options.limit, "No more than this many")
      .text("--page-token", "PAGE", options.page_token, "Go on where that page ended");
}

void add_expiring_option(Command& command, ListOptions& options) {
  command.text("--expiring-within", "DURATION", options.expiring_within,
               "Only live ones that end within this time, such as 7d");
}

std::optional<Sort> sort_of(const ListOptions& options) {
  if (!options.sort) return std::nullopt;
  const bool descending = options.sort->starts_with('-');
  return Sort{.field = options.sort->substr(descending ? 1 : 0), .descending = descending};
}

std::vector<std::pair<std::string, std::string>> filters_of(const ListOptions& options,
                                                            std::string_view known) {
  std::vector<std::pair<std::string, std::string>> filters;
  for (const std::string& filter : options.filters) {
    const auto equals = filter.find('=');
    if (equals == std::string::npos || equals + 1 == filter.size()) {
      throw Error(Code::kUsage, "usage.filter", "--filter takes FIELD=VALUE");
    }
    if (!utf8_length(filter)) {
      throw Error(Code::kUsage, "usage.filter", "what --filter takes is text of UTF-8");
    }
    std::string field = filter.substr(0, equals);
    check_choice("the field of --filter", known, field);
    for (const auto& [earlier, value] : filters) {
      if (earlier == field) {
        throw Error(Code::kUsage, "usage.filter", fmt::format("--filter {} is given twice", field));
      }
    }
    filters.emplace_back(std::move(field), filter.substr(equals + 1));
  }
  return filters;
}

std::optional<Time> expiring_before(Context& context, const ListOptions& options) {
  if (!options.expiring_within) return std::nullopt;
  const auto duration = parse_duration(*options.expiring_within);
  if (!duration) {
    throw Error(Code::kUsage, "usage.duration",
                "--expiring-within takes a time such as 90m, 12h or 7d");
  }
  return context.clock().now() + *duration;
}

}  // namespace tokctl::cli
