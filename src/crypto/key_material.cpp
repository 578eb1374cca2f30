#include "crypto/key_material.h"

#include <stdexcept>

namespace tokctl::crypto {

std::span<const KeyMember> key_members(KeyType type) {
  static constexpr KeyMember kRsa[] = {{"n", false}, {"e", false}, {"d", true},  {"p", true},
                                       {"q", true},  {"dp", true}, {"dq", true}, {"qi", true}};
  static constexpr KeyMember kEc[] = {{"x", false}, {"y", false}, {"d", true}};
  static constexpr KeyMember kOkp[] = {{"x", false}, {"d", true}};
  static constexpr KeyMember kOct[] = {{"k", true}};
  switch (type) {
    case KeyType::kRsa:
      return kRsa;
    case KeyType::kEc:
      return kEc;
    case KeyType::kOkp:
      return kOkp;
    case KeyType::kOct:
      break;
  }
  return kOct;
}

std::span<const std::uint8_t> KeyMaterial::operator[](std::string_view name) const {
  const auto known = key_members(type());
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (known[i].name == name) return members[i].reveal();
  }
  throw std::invalid_argument("KeyMaterial: no such member");
}

std::size_t KeyMaterial::private_index() const {
  const auto known = key_members(type());
  std::size_t i = 0;
  while (!known[i].is_private) ++i;
  return i;
}

}  // namespace tokctl::crypto
