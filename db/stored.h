// Words that a column may hold, read back.
#pragma once

#include <optional>

#include "base/error.h"

namespace tokctl::db {

// The value that a stored word stands for. A word that nothing of tokctl's writes is damage.
template <typename T>
T stored(const std::optional<T>& parsed) {
  if (parsed) return *parsed;
  throw Error(Code::kIntegrity, "db.damaged", "a row holds a word that is none of tokctl's");
}

}  // namespace tokctl::db
