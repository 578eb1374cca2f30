// What every change of a user prints.
#pragma once

#include <string>

#include "auth/users.h"
#include "cli/context.h"
#include "cli/record.h"
#include "cli/writer.h"

namespace tokctl::cli {

const Schema& user_change_schema();

// `done` is the deed in a word, "created", for when standard output fails after it.
void print_change(Context& context, Writer& out, const auth::UserChange& change,
                  const std::string& done);

}  // namespace tokctl::cli
