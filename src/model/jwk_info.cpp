#include "model/jwk_info.h"

#include "base/names.h"

namespace tokctl {
namespace {

constexpr auto kStateNames = names_of<JwkState>("signing", "verifying", "retired");

}  // namespace

std::string_view to_text(JwkState state) { return kStateNames[state]; }

}  // namespace tokctl
