#include "base/secret.h"

#include <sodium.h>

#include <cstring>
#include <utility>

namespace tokctl {

namespace internal {

WipedBlock::WipedBlock(std::size_t size)
    : data_(size == 0 ? nullptr : std::make_unique<std::uint8_t[]>(size)), size_(size) {}

WipedBlock::WipedBlock(WipedBlock&& other) noexcept
    : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}

WipedBlock& WipedBlock::operator=(WipedBlock&& other) noexcept {
  if (this != &other) {
    wipe();
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

WipedBlock::~WipedBlock() { wipe(); }

void WipedBlock::wipe() noexcept {
  if (data_) tokctl::wipe(data_.get(), size_);
}

}  // namespace internal

SecretString::SecretString(std::string_view text) : block_(text.size()) {
  if (!text.empty()) std::memcpy(block_.data(), text.data(), text.size());
}

SecretString SecretString::of_size(std::size_t size) {
  SecretString secret;
  secret.block_ = internal::WipedBlock(size);
  return secret;
}

SecretBytes::SecretBytes(std::span<const std::uint8_t> bytes) : block_(bytes.size()) {
  if (!bytes.empty()) std::memcpy(block_.data(), bytes.data(), bytes.size());
}

bool constant_time_equal(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  return a.size() == b.size() && (a.empty() || sodium_memcmp(a.data(), b.data(), a.size()) == 0);
}

bool constant_time_equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && (a.empty() || sodium_memcmp(a.data(), b.data(), a.size()) == 0);
}

void wipe(void* data, std::size_t size) noexcept {
  if (size != 0) sodium_memzero(data, size);
}

}  // namespace tokctl
