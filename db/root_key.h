// The table `root_keys`: which keys are in use, by id.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "db/handle.h"

namespace tokctl::db::root_keys {

enum class State { kLive, kActive, kRetired };
std::string_view to_text(State state);  // live, active, retired

struct Entry {
  std::string id;
  State state = State::kLive;
  Time created_at;
  std::optional<Time> activated_at;
  std::optional<Time> retired_at;
};

std::vector<Entry> list(Handle& db);
std::optional<State> state(Handle& db, std::string_view id);
std::optional<std::string> active(Handle& db);
void insert(Handle& db, const Entry& entry);
bool update(Handle& db, const Entry& entry);

}  // namespace tokctl::db::root_keys
