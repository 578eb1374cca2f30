// Reading a JWT's JSON as a stream: building a tree of it would take most of the time of verifying.
#include <algorithm>
#include <utility>

#include "base/json_stream.h"
#include "base/utf8.h"
#include "model/jwt.h"

namespace tokctl {
namespace {

class HeaderReader final : public JsonEvents {
 public:
  bool begin_object() override { return !std::exchange(begun_, true); }
  bool name(std::string_view name) override {
    member_ = name == "alg"   ? &header_.alg
              : name == "kid" ? &header_.kid
              : name == "typ" ? &typ_
                              : nullptr;
    return member_ != nullptr;
  }
  bool text(std::string_view value) override {
    if (member_ == nullptr || value.empty()) return false;
    *member_ = value;
    return true;
  }
  std::optional<JoseHeader> take() {
    if (header_.alg.empty() || header_.kid.empty() || (!typ_.empty() && typ_ != "JWT"))
      return std::nullopt;
    return std::move(header_);
  }

 private:
  bool begun_ = false;
  std::string* member_ = nullptr;
  std::string typ_;
  JoseHeader header_;
};

class ClaimsReader final : public JsonEvents {
 public:
  bool literal() override { return other_value(); }
  bool integer(std::uint64_t magnitude, bool negative) override {
    if (kind_ != Kind::kTime) return other_value();
    if (depth_ != 1 || negative || magnitude > static_cast<std::uint64_t>(kJwtTimeMax))
      return false;
    *time_ = static_cast<std::int64_t>(magnitude);
    return true;
  }
  bool text(std::string_view value) override {
    if (kind_ == Kind::kOther) {
      if (depth_ == 1 && !value.empty() && !has_control(value))
        claims_.more.emplace_back(std::move(name_), value);
      return depth_ > 0;
    }
    if (value.empty() || has_control(value)) return false;
    if (kind_ == Kind::kText) {
      *text_ = value;
      return true;
    }
    const bool listed = kind_ == Kind::kList && (depth_ == 2 || list_ == &claims_.aud);
    if (!listed || std::ranges::find(*list_, value) != list_->end()) return false;
    list_->emplace_back(value);
    return true;
  }
  bool begin_object() override {
    if (kind_ != Kind::kOther) return false;
    ++depth_;
    return true;
  }
  void end_object() override { --depth_; }
  bool begin_array() override {
    if (depth_ == 0 || (kind_ != Kind::kOther && (kind_ != Kind::kList || depth_ != 1)))
      return false;
    ++depth_;
    return true;
  }
  void end_array() override { --depth_; }
  bool name(std::string_view name) override {
    if (depth_ == 1) choose(name);
    return true;
  }
  JwtClaims take() { return std::move(claims_); }

 private:
  enum class Kind { kOther, kText, kTime, kList };

  bool other_value() const { return kind_ == Kind::kOther && depth_ > 0; }

  void choose(std::string_view name) {
    const auto text = [this](std::string& target) {
      kind_ = Kind::kText;
      text_ = &target;
    };
    const auto time = [this](std::optional<std::int64_t>& target) {
      kind_ = Kind::kTime;
      time_ = &target;
    };
    const auto list = [this](std::vector<std::string>& target) {
      kind_ = Kind::kList;
      list_ = &target;
    };
    if (name == "iss") return text(claims_.iss);
    if (name == "sub") return text(claims_.sub);
    if (name == "aud") return list(claims_.aud);
    if (name == "iat") return time(claims_.iat);
    if (name == "nbf") return time(claims_.nbf);
    if (name == "exp") return time(claims_.exp);
    if (name == "jti") return text(claims_.jti);
    if (name == "username") return text(claims_.username);
    if (name == "name") return text(claims_.name);
    if (name == "roles") return list(claims_.roles);
    if (name == "source") return text(claims_.source);
    kind_ = Kind::kOther;
    name_ = name;
  }

  int depth_ = 0;
  Kind kind_ = Kind::kOther;  // of the claim at hand
  std::string* text_ = nullptr;
  std::optional<std::int64_t>* time_ = nullptr;
  std::vector<std::string>* list_ = nullptr;
  std::string name_;
  JwtClaims claims_;
};

}  // namespace

std::optional<JoseHeader> parse_jose_header(std::string_view json) {
  HeaderReader reader;
  if (!read_json(json, reader)) return std::nullopt;
  return reader.take();
}

std::optional<JwtClaims> parse_jwt_claims(std::string_view json) {
  ClaimsReader reader;
  if (!read_json(json, reader)) return std::nullopt;
  return reader.take();
}

}  // namespace tokctl
