// Reading a JWT's JSON as a stream: building a tree of it would take most of the time of verifying.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/utf8.h"
#include "model/jwt.h"

namespace tokctl {
namespace {

using Json = nlohmann::json;

// What is refused by default: a handler overrides what it takes. Each answer ends or continues the
// reading.
struct RefuseAll {
  bool null() { return false; }
  bool boolean(bool /*value*/) { return false; }
  bool number_integer(Json::number_integer_t /*value*/) { return false; }
  bool number_unsigned(Json::number_unsigned_t /*value*/) { return false; }
  bool number_float(Json::number_float_t /*value*/, const std::string& /*text*/) { return false; }
  bool string(std::string& /*value*/) { return false; }
  bool binary(Json::binary_t& /*value*/) { return false; }
  bool start_object(std::size_t /*size*/) { return false; }
  bool key(std::string& /*name*/) { return false; }
  bool end_object() { return true; }
  bool start_array(std::size_t /*size*/) { return false; }
  bool end_array() { return true; }
  static bool parse_error(std::size_t /*at*/, const std::string& /*token*/,
                          const Json::exception& /*error*/) {
    return false;
  }
};

class HeaderReader : public RefuseAll {
 public:
  bool start_object(std::size_t /*size*/) { return !std::exchange(begun_, true); }
  bool key(std::string& name) {
    member_ = name == "alg"   ? &header_.alg
              : name == "kid" ? &header_.kid
              : name == "typ" ? &typ_
                              : nullptr;
    return member_ != nullptr && member_->empty();
  }
  bool string(std::string& value) {
    if (member_ == nullptr || value.empty()) return false;
    *member_ = std::move(value);
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

class ClaimsReader : public RefuseAll {
 public:
  bool null() { return other_value(); }
  bool boolean(bool /*value*/) { return other_value(); }
  bool number_integer(Json::number_integer_t /*value*/) { return other_value(); }
  bool number_unsigned(Json::number_unsigned_t value) {
    if (kind_ != Kind::kTime) return other_value();
    if (depth_ != 1 || value > static_cast<Json::number_unsigned_t>(kJwtTimeMax)) return false;
    *time_ = static_cast<std::int64_t>(value);
    return true;
  }
  bool string(std::string& value) {
    if (kind_ == Kind::kOther) {
      if (depth_ == 1 && !value.empty() && !has_control(value))
        claims_.more.emplace_back(std::move(name_), std::move(value));
      return depth_ > 0;
    }
    if (value.empty() || has_control(value)) return false;
    if (kind_ == Kind::kText) {
      *text_ = std::move(value);
      return true;
    }
    const bool listed = kind_ == Kind::kList && (depth_ == 2 || list_ == &claims_.aud);
    if (!listed || std::ranges::find(*list_, value) != list_->end()) return false;
    list_->push_back(std::move(value));
    return true;
  }
  bool start_object(std::size_t /*size*/) {
    if (depth_ > 0 && kind_ != Kind::kOther) return false;
    names_.emplace_back();
    return ++depth_ <= kJsonDepthMax;
  }
  bool end_object() {
    names_.pop_back();
    --depth_;
    return true;
  }
  bool start_array(std::size_t /*size*/) {
    if (depth_ == 0 || (kind_ != Kind::kOther && (kind_ != Kind::kList || depth_ != 1)))
      return false;
    return ++depth_ <= kJsonDepthMax;
  }
  bool end_array() {
    --depth_;
    return true;
  }
  bool key(std::string& name) {
    auto& names = names_.back();
    if (std::ranges::find(names, name) != names.end()) return false;
    if (depth_ == 1) choose(name);
    names.push_back(std::move(name));
    return names.size() <= kMembersMax;
  }
  JwtClaims take() { return std::move(claims_); }

 private:
  static constexpr std::size_t kMembersMax = 256;  // the search for a duplicate stays short

  enum class Kind { kOther, kText, kTime, kList };

  bool other_value() const { return kind_ == Kind::kOther && depth_ > 0; }

  void choose(const std::string& name) {
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
  std::vector<std::vector<std::string>> names_;  // of the objects that are open
  JwtClaims claims_;
};

template <typename Reader>
bool read(std::string_view json, Reader& reader) {
  return all_is_read_as_json(json) && Json::sax_parse(json, &reader);
}

}  // namespace

std::optional<JoseHeader> parse_jose_header(std::string_view json) {
  HeaderReader reader;
  if (!read(json, reader)) return std::nullopt;
  return reader.take();
}

std::optional<JwtClaims> parse_jwt_claims(std::string_view json) {
  ClaimsReader reader;
  if (!read(json, reader)) return std::nullopt;
  return reader.take();
}

}  // namespace tokctl
