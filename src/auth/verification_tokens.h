// Verification tokens and short codes: spent once, for the purpose they were issued for.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "model/token.h"
#include "model/token_info.h"
#include "model/user.h"
#include "model/verification_token.h"

namespace tokctl::db {
class Handle;
}

namespace tokctl::auth {

struct Context;
class Change;

struct IssueVerify {
  Purpose purpose = Purpose::kEmailVerification;
  std::optional<Seconds> ttl;              // nothing: as the policy has it
  std::optional<std::size_t> code_digits;  // a short code of so many instead of a token
};

struct IssuedVerify {
  SecretString token;  // shown once
  TokenInfo info;
};

// What is presented, and for what.
struct Verification {
  std::string_view text;  // a token, or a short code
  Purpose purpose = Purpose::kEmailVerification;
  std::optional<UserRef> user;  // who must own it; a short code cannot do without
  bool consume = true;          // else it is only looked at
};

// Inside a transaction that the caller commits whatever the verdict: a try of a short code counts.
// Leaves the owner's row locked.
Verdict spend_verification(Context& context, Change& change, const Verification& request);

// The row of a verification token, whatever its state. Short codes are not found by themselves.
std::optional<VerificationToken> find_verification_token(const Context& context, db::Handle& db,
                                                         std::string_view text);

// Judges a token without spending it, for whatever purpose it has.
Verdict judge_verification_token(const Context& context, db::Handle& db, std::string_view text,
                                 std::vector<Check>* checks);

}  // namespace tokctl::auth
