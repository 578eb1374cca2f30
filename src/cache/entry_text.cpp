#include "cache/entry_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace tokctl::cache {
namespace {

constexpr char kVersion = 3;
constexpr std::size_t kListMax = 1000;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

class Out {
 public:
  Out() { bytes_.reserve(256); }

  void number(std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) bytes_ += static_cast<char>(value >> shift);
  }
  void number(std::int64_t value) { number(static_cast<std::uint64_t>(value)); }
  // Seven bits a byte, the lowest first (LEB128): most sizes take one.
  void size(std::size_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }
  void text(std::string_view value) {
    size(value.size());
    bytes_ += value;
  }
  void texts(const std::vector<std::string>& values) {
    size(values.size());
    for (const std::string& value : values) text(value);
  }
  void claims(const std::vector<std::pair<std::string, std::string>>& values) {
    size(values.size());
    for (const auto& [name, value] : values) {
      text(name);
      text(value);
    }
  }
  void byte(char value) { bytes_ += value; }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class In {
 public:
  explicit In(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (const char byte : take(8)) value = value << 8 | static_cast<std::uint8_t>(byte);
    return value;
  }
  std::int64_t integer() { return static_cast<std::int64_t>(number()); }
  std::string text() { return std::string(take(size())); }
  std::vector<std::string> texts() {
    std::vector<std::string> values;
    for (std::uint64_t left = count(); left > 0 && !failed_; --left) values.push_back(text());
    return values;
  }
  std::vector<std::pair<std::string, std::string>> claims() {
    std::vector<std::pair<std::string, std::string>> values;
    for (std::uint64_t left = count(); left > 0 && !failed_; --left) {
      std::string name = text();
      values.emplace_back(std::move(name), text());
    }
    return values;
  }
  char byte() {
    const auto one = take(1);
    return one.empty() ? '\0' : one.front();
  }
  // All that is left.
  std::optional<std::string_view> rest() const {
    return failed_ ? std::nullopt : std::optional(rest_);
  }
  // All was there, and nothing more.
  bool done() const { return !failed_ && rest_.empty(); }

 private:
  std::uint64_t size() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
      const auto one = static_cast<std::uint8_t>(byte());
      value |= std::uint64_t{one & 0x7fU} << shift;
      if (one >= 0x80) continue;
      if (one == 0 && shift > 0) break;  // there is a shorter spelling
      return value;
    }
    failed_ = true;
    return 0;
  }
  std::uint64_t count() {
    const std::uint64_t entries = size();
    if (entries > kListMax) failed_ = true;
    return entries;
  }
  std::string_view take(std::uint64_t size) {
    if (failed_ || size > rest_.size()) {
      failed_ = true;
      return {};
    }
    const auto taken = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view rest_;
  bool failed_ = false;
};

std::int64_t or_never(const std::optional<Time>& time) { return time ? to_unix(*time) : kNever; }

std::optional<Time> unless_never(std::int64_t seconds) {
  return seconds == kNever ? std::nullopt : std::optional(from_unix(seconds));
}

}  // namespace

std::string format_entry(const Entry& entry) {
  const Principal& principal = entry.principal;
  Out out;
  out.byte(kVersion);
  out.number(entry.read_at.seq);
  out.number(entry.read_at.mac);
  out.text(to_text(principal.type));
  out.text(principal.id);
  out.text(principal.public_id);
  out.text(principal.email);
  out.text(principal.full_name);
  out.text(principal.session_id);
  out.text(principal.source);
  out.texts(principal.roles);
  out.texts(principal.scopes);
  out.text(principal.token_name);
  out.text(principal.info);
  out.texts(principal.audience);
  out.claims(principal.claims);
  out.number(to_unix(principal.issued_at));
  out.number(or_never(principal.expires_at));
  out.number(entry.idle ? std::int64_t{entry.idle->count()} : kNever);
  out.number(or_never(entry.used));
  out.number(entry.lookup);
  return out.take();
}

std::optional<EntryPtr> parse_entry(std::string_view bytes) {
  In in(bytes);
  if (in.byte() != kVersion) return std::nullopt;
  auto entry = std::make_shared<Entry>();
  Principal& principal = entry->principal;
  entry->read_at.seq = in.integer();
  entry->read_at.mac = in.number();
  const auto type = token_type_from(in.text());
  principal.type = type.value_or(TokenType::kWeb);
  principal.id = in.text();
  principal.public_id = in.text();
  principal.email = in.text();
  principal.full_name = in.text();
  principal.session_id = in.text();
  principal.source = in.text();
  principal.roles = in.texts();
  principal.scopes = in.texts();
  principal.token_name = in.text();
  principal.info = in.text();
  principal.audience = in.texts();
  principal.claims = in.claims();
  principal.issued_at = from_unix(in.integer());
  principal.expires_at = unless_never(in.integer());
  const std::int64_t idle = in.integer();
  if (idle != kNever) entry->idle = Seconds(idle);
  entry->used = unless_never(in.integer());
  entry->lookup = in.integer();
  if (!in.done() || !type) return std::nullopt;
  return entry;
}

SecretString format_key(const KeyText& key) {
  Out out;
  out.byte(kVersion);
  out.number(key.read_at.seq);
  out.number(key.read_at.mac);
  std::string head = out.take();
  auto bytes = SecretString::of_size(head.size() + key.json.size());
  std::ranges::copy(key.json.reveal(), std::ranges::copy(head, bytes.fill().begin()).out);
  return bytes;
}

std::optional<KeyText> parse_key(std::string_view bytes) {
  In in(bytes);
  if (in.byte() != kVersion) return std::nullopt;
  Point read_at;
  read_at.seq = in.integer();
  read_at.mac = in.number();
  auto json = in.rest();
  if (!json) return std::nullopt;
  return KeyText{.read_at = read_at, .json = SecretString(*json)};
}

}  // namespace tokctl::cache
