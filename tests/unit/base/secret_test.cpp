#include "base/secret.h"

#include <fmt/core.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <concepts>
#include <cstdlib>
#include <new>
#include <ostream>
#include <string>
#include <type_traits>

namespace {

// Watches one block of this thread for the moment it is given back.
struct Watch {
  const std::uint8_t* block = nullptr;
  std::size_t size = 0;
  bool freed = false;
  bool zero = false;
};
thread_local Watch watch;

void give_back(void* block) noexcept {
  if (block != nullptr && block == watch.block) {
    watch.freed = true;
    watch.zero = std::all_of(watch.block, watch.block + watch.size, [](auto b) { return b == 0; });
    watch.block = nullptr;
  }
  std::free(block);
}

}  // namespace

// Replaced for the whole program, so that a block can be looked at when it is freed and not after.
void* operator new[](std::size_t size) {
  if (void* block = std::malloc(size == 0 ? 1 : size)) return block;
  throw std::bad_alloc();
}
void operator delete[](void* block) noexcept { give_back(block); }
void operator delete[](void* block, std::size_t) noexcept { give_back(block); }

namespace tokctl {
namespace {

template <typename T>
concept Streamable = requires(std::ostream& out, const T& value) { out << value; };

template <typename T>
constexpr bool kGuarded =
    !Streamable<T> && !fmt::is_formattable<T>::value && !std::equality_comparable<T> &&
    !std::totally_ordered<T> && !std::copyable<T> && std::movable<T> &&
    !std::is_convertible_v<T, std::string_view> && !std::is_convertible_v<T, std::string> &&
    !std::is_convertible_v<std::string_view, T> && !std::is_convertible_v<const char*, T>;

static_assert(kGuarded<SecretString> && kGuarded<SecretBytes>);
static_assert(Streamable<std::string> && fmt::is_formattable<std::string>::value,
              "the checks above can tell");

void look_at(std::string_view text) {
  watch = {reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), false, false};
}

bool was_wiped() { return watch.freed && watch.zero; }

TEST_CASE("a freed block that was not wiped is noticed") {
  {
    const auto block = std::make_unique<char[]>(8);
    std::fill_n(block.get(), 8, 'x');
    look_at({block.get(), 8});
  }
  CHECK(watch.freed);
  CHECK_FALSE(watch.zero);
}

TEST_CASE("a secret is wiped when it ends") {
  {
    const SecretString secret("hunter2hunter2");
    look_at(secret.reveal());
  }
  CHECK(was_wiped());
  {
    SecretBytes secret(32);
    std::ranges::fill(secret.fill(), std::uint8_t{0xAA});
    look_at({reinterpret_cast<const char*>(secret.reveal().data()), secret.size()});
  }
  CHECK(was_wiped());
}

TEST_CASE("a secret is wiped when another takes its place") {
  SecretString secret("first");
  look_at(secret.reveal());
  secret = SecretString("second");
  CHECK(was_wiped());
  CHECK(secret.reveal() == "second");
}

TEST_CASE("moving a secret moves its block and leaves nothing behind") {
  SecretString from("secret");
  const char* block = from.reveal().data();
  SecretString to(std::move(from));
  CHECK(to.reveal().data() == block);
  CHECK(from.empty());  // NOLINT(bugprone-use-after-move): that it is empty is the point
  CHECK(from.reveal().empty());

  SecretString& same = to;
  to = std::move(same);
  CHECK(to.reveal() == "secret");
}

TEST_CASE("a clone is a second block") {
  const SecretString secret("secret");
  const SecretString copy = secret.clone();
  CHECK(copy.reveal() == "secret");
  CHECK(copy.reveal().data() != secret.reveal().data());
}

TEST_CASE("an empty secret is fine") {
  const SecretString none;
  CHECK(none.empty());
  CHECK(none.reveal().empty());
  CHECK(none.reveal().data() != nullptr);
  CHECK(SecretString("").clone().empty());
  CHECK(SecretBytes(0).reveal().empty());
}

TEST_CASE("a secret keeps NUL bytes and starts zeroed when it has only a size") {
  CHECK(SecretString(std::string_view("a\0b", 3)).reveal() == std::string_view("a\0b", 3));
  CHECK(SecretString::of_size(3).reveal() == std::string_view("\0\0\0", 3));
}

TEST_CASE("constant_time_equal is equality") {
  CHECK(constant_time_equal(std::string_view(""), std::string_view("")));
  CHECK(constant_time_equal(std::string_view("abc"), std::string_view("abc")));
  CHECK_FALSE(constant_time_equal(std::string_view("abc"), std::string_view("abd")));
  CHECK_FALSE(constant_time_equal(std::string_view("abc"), std::string_view("Xbc")));
  CHECK_FALSE(constant_time_equal(std::string_view("abc"), std::string_view("abcd")));
  CHECK_FALSE(constant_time_equal(std::string_view("abc"), std::string_view("")));
}

}  // namespace
}  // namespace tokctl
