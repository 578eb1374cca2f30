// Looking up a host's name in bounded time: what the clients of databases do by themselves waits as
// long as the system's resolver likes.
#pragma once

#include <chrono>
#include <string>

namespace tokctl {

// False when the resolver has not answered about `host` at the deadline. Whatever its answer is, it
// is left to whoever connects next, for whom the resolver then has it at hand.
bool resolvable_by(const std::string& host, std::chrono::steady_clock::time_point deadline);

}  // namespace tokctl
