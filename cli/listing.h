// What all lists take, and how they are walked: page by page, in constant memory.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "cli/context.h"
#include "cli/writer.h"
#include "model/page.h"

namespace tokctl::cli {

struct ListOptions {
  std::optional<std::int64_t> limit;
  std::optional<std::string> page_token;
  std::optional<std::string> sort;
  std::vector<std::string> filters;
  std::optional<std::string> expiring_within;
};

// Adds --limit and --page-token; --sort by `fields` (written a|b, each also with `-` before it) and
// --filter on `filters` (written a|b), unless empty.
void add_list_options(Command& command, ListOptions& options, const std::string& sorts,
                      const std::string& filters);
void add_expiring_option(Command& command, ListOptions& options);

// --sort taken apart.
struct Sort {
  std::string field;
  bool descending = false;
};
std::optional<Sort> sort_of(const ListOptions& options);

// --filter field=value, taken apart and each field given once. Throws Error(kUsage, "usage.filter")
// for a field that is not one of `known`, written a|b.
std::vector<std::pair<std::string, std::string>> filters_of(const ListOptions& options,
                                                            std::string_view known);

// Now and what --expiring-within adds to it.
std::optional<Time> expiring_before(Context& context, const ListOptions& options);

// Reads pages by `fetch(limit, page_token)` and prints each row as `show(row)`, up to --limit; all
// without one.
template <typename Fetch, typename Show>
int print_list(Writer& writer, const ListOptions& options, Fetch&& fetch, Show&& show) {
  auto left = static_cast<std::uint64_t>(options.limit.value_or(INT64_MAX));
  std::string next = options.page_token.value_or("");
  do {
    auto page = fetch(static_cast<std::size_t>(std::min<std::uint64_t>(left, kPageMax)), next);
    for (const auto& row : page.rows) writer.row(show(row));
    left -= page.rows.size();
    next = std::move(page.next);
  } while (!next.empty() && left > 0);
  writer.end(next);
  return 0;
}

}  // namespace tokctl::cli
