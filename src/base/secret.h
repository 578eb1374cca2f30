// Secrets that wipe themselves, cannot be printed and are compared only in constant time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <ostream>
#include <span>
#include <string_view>

namespace tokctl {

namespace internal {

// A heap block of fixed size, overwritten before it is given back. Move-only: a copy of a secret is
// something one asks for by name (`clone`). It never grows, so no stale half is left behind by a
// realloc.
class WipedBlock {
 public:
  WipedBlock() = default;
  explicit WipedBlock(std::size_t size);
  WipedBlock(WipedBlock&& other) noexcept;
  WipedBlock& operator=(WipedBlock&& other) noexcept;
  WipedBlock(const WipedBlock&) = delete;
  WipedBlock& operator=(const WipedBlock&) = delete;
  ~WipedBlock();

  std::uint8_t* data() { return data_.get(); }
  const std::uint8_t* data() const { return data_.get(); }
  std::size_t size() const { return size_; }

 private:
  void wipe() noexcept;

  std::unique_ptr<std::uint8_t[]> data_;
  std::size_t size_ = 0;
};

}  // namespace internal

// Text that must not leak: a password, a credential as issued, a PHC string.
class SecretString {
 public:
  SecretString() = default;
  explicit SecretString(std::string_view text);

  // The only way out. Keep the view no longer than this object, and never log it. Its pointer is
  // never null, since C libraries declare theirs so.
  std::string_view reveal() const {
    if (empty()) return "";
    return {reinterpret_cast<const char*>(block_.data()), block_.size()};
  }
  // Access for code that fills a secret of known size in place.
  static SecretString of_size(std::size_t size);
  std::span<char> fill() { return {reinterpret_cast<char*>(block_.data()), block_.size()}; }

  SecretString clone() const { return SecretString(reveal()); }
  std::size_t size() const { return block_.size(); }
  bool empty() const { return size() == 0; }

  bool operator==(const SecretString&) const = delete;  // see constant_time_equal

 private:
  internal::WipedBlock block_;
};

// Bytes that must not leak: a root key, a subkey, a MAC key.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(std::size_t size) : block_(size) {}  // zeroed
  explicit SecretBytes(std::span<const std::uint8_t> bytes);

  std::span<const std::uint8_t> reveal() const { return {block_.data(), block_.size()}; }
  std::span<std::uint8_t> fill() { return {block_.data(), block_.size()}; }

  SecretBytes clone() const { return SecretBytes(reveal()); }
  std::size_t size() const { return block_.size(); }
  bool empty() const { return size() == 0; }

  bool operator==(const SecretBytes&) const = delete;  // see constant_time_equal

 private:
  internal::WipedBlock block_;
};

// A secret never reaches a stream or a format string: both fail to compile. (fmt formats neither
// type, since no formatter exists and implicit conversions do not either.)
std::ostream& operator<<(std::ostream&, const SecretString&) = delete;
std::ostream& operator<<(std::ostream&, const SecretBytes&) = delete;

// Compares without a branch on the content. Different lengths are unequal at once: a length is no
// secret here.
bool constant_time_equal(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b);
bool constant_time_equal(std::string_view a, std::string_view b);

// Overwrites memory in a way that the compiler may not leave out.
void wipe(void* data, std::size_t size) noexcept;
inline void wipe(std::span<std::uint8_t> bytes) noexcept { wipe(bytes.data(), bytes.size()); }

}  // namespace tokctl
