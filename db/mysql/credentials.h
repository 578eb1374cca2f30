// Where a user's name and password come from when they are not in the URL.
#pragma once

#include "db/mysql/target.h"

namespace tokctl::db::mysql {

// Completes `target`: the password from its password file; else what is missing of user and
// password from ~/.my.cnf, groups [client] and, before that, [tokctl]. Of that file only these two
// settings are taken: the client library's own reader would take all, among them ones that turn the
// verification of certificates off or the upload of local files on. Throws Error(kUnavailable,
// "db.password_file") for a file that cannot be read or that others than its owner may read.
void complete_credentials(Target& target);

}  // namespace tokctl::db::mysql
