#include "base/acl.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <vector>

namespace tokctl {
namespace {

struct Entry {
  std::uint8_t tag, permissions;
  std::uint32_t id = 0xffffffff;
};

std::vector<std::uint8_t> list_of(const std::vector<Entry>& entries, std::uint8_t version = 2) {
  std::vector<std::uint8_t> list{version, 0, 0, 0};
  for (const Entry& entry : entries) {
    list.insert(list.end(), {entry.tag, 0, entry.permissions, 0});
    for (unsigned shift = 0; shift < 32; shift += 8)
      list.push_back(static_cast<std::uint8_t>(entry.id >> shift));
  }
  return list;
}

constexpr std::uint8_t kOwner = 1, kUser = 2, kGroup = 4, kNamedGroup = 8, kMask = 16, kOther = 32;

TEST_CASE("an access control list admits one user, and tells of every other") {
  const Entry owner{kOwner, 4}, us{kUser, 4, 1000}, group{kGroup, 0}, mask{kMask, 4},
      other{kOther, 0};
  CHECK(admits_only(list_of({owner, us, group, mask, other}), 1000));
  CHECK_FALSE(admits_only(list_of({owner, us, group, mask, other}), 1001));
  CHECK_FALSE(admits_only(list_of({owner, us, {kUser, 4, 1001}, group, mask, other}), 1000));
  CHECK(admits_only(list_of({owner, us, {kUser, 0, 1001}, group, mask, other}), 1000));
  CHECK_FALSE(admits_only(list_of({owner, us, {kGroup, 4}, mask, other}), 1000));
  CHECK_FALSE(admits_only(list_of({owner, us, group, {kNamedGroup, 4, 1000}, mask, other}), 1000));
  CHECK_FALSE(admits_only(list_of({owner, us, group, mask, {kOther, 4}}), 1000));
  CHECK_FALSE(admits_only(list_of({owner, us, group, mask, other, {64, 4}}), 1000));
}

TEST_CASE("an access control list that is none admits nobody") {
  auto list = list_of({{kOwner, 4}, {kUser, 4, 1000}});
  CHECK(admits_only(list, 1000));
  list.pop_back();
  CHECK_FALSE(admits_only(list, 1000));
  CHECK_FALSE(admits_only({}, 1000));
  CHECK_FALSE(admits_only(list_of({{kOwner, 4}}, 3), 1000));
}

}  // namespace
}  // namespace tokctl
