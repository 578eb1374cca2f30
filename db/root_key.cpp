#include "db/root_key.h"

#include "db/stored.h"

namespace tokctl::db::root_keys {
namespace {

std::optional<State> state_from(std::string_view text) {
  for (const State state : {State::kLive, State::kActive, State::kRetired}) {
    if (to_text(state) == text) return state;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_text(State state) {
  switch (state) {
    case State::kLive:
      return "live";
    case State::kActive:
      return "active";
    case State::kRetired:
      return "retired";
  }
  return {};
}

std::vector<Entry> list(Handle& db) {
  std::vector<Entry> entries;
  db.each(
      "SELECT id, state, created_at, activated_at, retired_at FROM root_keys"
      " ORDER BY created_at, id",
      [&](const Row& row) {
        entries.push_back({.id = row.string(0),
                           .state = stored(state_from(row.text(1))),
                           .created_at = row.time(2),
                           .activated_at = row.optional_time(3),
                           .retired_at = row.optional_time(4)});
      });
  return entries;
}

std::optional<State> state(Handle& db, std::string_view id) {
  return db.first(
      "SELECT state FROM root_keys WHERE id = ?",
      [](const Row& row) { return stored(state_from(row.text(0))); }, id);
}

std::optional<std::string> active(Handle& db) {
  return db.first("SELECT id FROM root_keys WHERE state = 'active'",
                  [](const Row& row) { return row.string(0); });
}

void insert(Handle& db, const Entry& entry) {
  db.run(
      "INSERT INTO root_keys (id, state, created_at, activated_at, retired_at)"
      " VALUES (?, ?, ?, ?, ?)",
      entry.id, to_text(entry.state), entry.created_at, entry.activated_at, entry.retired_at);
}

bool update(Handle& db, const Entry& entry) {
  return db.run(
             "UPDATE root_keys SET state = ?, created_at = ?, activated_at = ?, retired_at = ?"
             " WHERE id = ?",
             to_text(entry.state), entry.created_at, entry.activated_at, entry.retired_at,
             entry.id) > 0;
}

}  // namespace tokctl::db::root_keys
