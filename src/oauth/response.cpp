#include "oauth/response.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/json.h"
#include "base/utf8.h"
#include "model/oauth.h"
#include "oauth/endpoint.h"

namespace tokctl::oauth {
namespace {

using Json = nlohmann::json;

// A life longer than this is taken for this one: as good as unlimited, and safe to add to a time.
constexpr Seconds kLongest = std::chrono::hours(24 * 365 * 10);

// The strings of a parsed answer are overwritten when it is done with.
class Secrets {
 public:
  explicit Secrets(std::optional<Json> json) : json_(std::move(json)) {}
  Secrets(const Secrets&) = delete;
  Secrets& operator=(const Secrets&) = delete;
  ~Secrets() {
    if (!json_) return;
    for (auto& value : *json_) {
      if (!value.is_string()) continue;
      auto& text = value.get_ref<std::string&>();
      wipe(text.data(), text.size());
    }
  }
  const Json* get() const { return json_ ? &*json_ : nullptr; }

 private:
  std::optional<Json> json_;
};

// application/json, or a type that says it is JSON; with or without parameters (RFC 8259 §11).
bool is_json(std::string_view content_type) {
  std::string type = ascii_lower(content_type.substr(0, content_type.find(';')));
  while (type.ends_with(' ')) type.pop_back();
  return type == "application/json" ||
         (type.starts_with("application/") && type.ends_with("+json"));
}

const std::string* text_of(const Json& json, const char* name) {
  const auto member = json.find(name);
  return member == json.end() || !member->is_string() ? nullptr
                                                      : member->get_ptr<const std::string*>();
}

// RFC 6749 §A.12: printable ASCII, so that it can stand in a header.
bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= kTokenMax &&
         std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
}

// A number of seconds however it is written: some send it as a string. Too long is cut, what is
// negative has passed; nothing for what is no number at all. Never a reason to throw an answer
// away: the refresh token it replaces may be gone.
std::optional<std::int64_t> seconds_of(const Json& json, const char* name) {
  const auto member = json.find(name);
  if (member == json.end()) return std::nullopt;
  double number = 0;
  if (member->is_number()) {
    number = member->get<double>();
  } else if (const std::string* text = text_of(json, name); text != nullptr) {
    const bool digits = !text->empty() && text->size() <= 18 &&
                        text->find_first_not_of("0123456789") == std::string::npos;
    if (!digits) return std::nullopt;
    number = std::stod(*text);
  } else {
    return std::nullopt;
  }
  if (!std::isfinite(number)) return std::nullopt;
  return static_cast<std::int64_t>(std::clamp(number, 0.0, 9e15));
}

// Empty when it is a token response; else what is wrong with it.
std::string_view read_tokens(const Json& json, TokenResponse& response) {
  const std::string* access = text_of(json, "access_token");
  if (access == nullptr) return "has no access_token";
  if (!is_token(*access)) return "has an access_token that is none";
  response.access_token = SecretString(*access);

  // RFC 6749 §5.1 demands it. Who leaves it out means Bearer.
  const std::string* type = text_of(json, "token_type");
  response.token_type = type != nullptr ? *type : "Bearer";
  if (type == nullptr && json.contains("token_type")) return "has a token_type that is none";
  // What any other type asks of the one who presents it we could not do.
  if (ascii_lower(response.token_type) != "bearer") return "has a token_type other than Bearer";
  response.token_type = "Bearer";

  if (const auto refresh = json.find("refresh_token");
      refresh != json.end() && !refresh->is_null()) {
    const std::string* token = text_of(json, "refresh_token");
    if (token == nullptr || !is_token(*token)) return "has a refresh_token that is none";
    response.refresh_token = SecretString(*token);
  }
  if (const auto seconds = seconds_of(json, "expires_in")) {
    response.expires_in = std::min(Seconds(*seconds), kLongest);
  }
  if (const std::string* scope = text_of(json, "scope"); scope != nullptr) {
    try {
      check_oauth_scope(*scope);
      response.scope = *scope;
    } catch (const Error&) {  // NOLINT(bugprone-empty-catch)
      // Told for our information only: nothing hangs on it.
    }
  }
  return {};
}

// The `error` of an answer if it is a word of RFC 6749 §5.2: not a place to hide a text in.
std::string error_word(const Json* json) {
  const std::string* error = json == nullptr ? nullptr : text_of(*json, "error");
  const bool word =
      error != nullptr && !error->empty() && error->size() <= 64 &&
      error->find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.-") == std::string::npos;
  return word ? *error : std::string();
}

Failure::Kind kind_of(int status, std::string_view word) {
  using Kind = Failure::Kind;
  if (status == 429 || status == 408 || status >= 500) return Kind::kTransient;
  if (word == "authorization_pending") return Kind::kPending;
  if (word == "slow_down") return Kind::kSlowDown;
  // GitHub's words for it come with a status of 200.
  if (word == "invalid_grant" || word == "bad_refresh_token" || word == "bad_verification_code" ||
      word == "expired_token" || word == "access_denied") {
    return Kind::kInvalidGrant;
  }
  if (word.empty() || word == "temporarily_unavailable" || word == "server_error") {
    return Kind::kTransient;
  }
  return Kind::kRefused;
}

Failure failure_of(const HttpResponse& response, const Json* json, std::string_view host) {
  const std::string word = error_word(json);
  Failure failure{
      .kind = kind_of(response.status, word), .message = {}, .retry_after = response.retry_after};
  if (!word.empty()) {
    failure.message = fmt::format("{} refused: {}", host, word);
  } else if (response.status >= 200 && response.status < 300) {
    failure.message = fmt::format("{} answered something that is not JSON", host);
  } else {
    failure.message = fmt::format("{} answered with status {}", host, response.status);
  }
  return failure;
}

std::optional<Json> json_of(const HttpResponse& response) {
  if (!is_json(response.content_type)) return std::nullopt;
  return parse_json_object(response.body.reveal());
}

}  // namespace

Failure read_failure(const HttpResponse& response, std::string_view host) {
  const Secrets json(json_of(response));
  return failure_of(response, json.get(), host);
}

Answer read_token_answer(const HttpResponse& response, std::string_view host) {
  const Secrets json(json_of(response));
  if (response.status != 200 || json.get() == nullptr || json.get()->contains("error")) {
    return failure_of(response, json.get(), host);
  }
  TokenResponse tokens;
  const std::string_view wrong = read_tokens(*json.get(), tokens);
  if (wrong.empty()) return tokens;
  return Failure{.kind = Failure::Kind::kTransient,
                 .message = fmt::format("the answer of {} {}", host, wrong),
                 .retry_after = {}};
}

SavedResponse parse_saved_response(const SecretString& text) {
  const auto refuse = [](std::string_view why) {
    return Error(Code::kUsage, "oauth.response", fmt::format("the token response {}", why),
                 "it is a JSON object with an access_token, as RFC 6749 has it");
  };
  const Secrets json(parse_json_object(text.reveal()));
  if (json.get() == nullptr) throw refuse("is not a JSON object");
  SavedResponse saved;
  if (const auto wrong = read_tokens(*json.get(), saved.response); !wrong.empty()) {
    throw refuse(wrong);
  }
  for (const char* name : {"expires_at", "expires"}) {
    if (saved.response.expires_in || saved.expires_at) break;
    if (const auto seconds = seconds_of(*json.get(), name)) {
      // The year 9999 is the last there is.
      saved.expires_at = from_unix(std::min<std::int64_t>(*seconds, 253'402'300'799));
    }
  }
  return saved;
}

std::variant<DeviceResponse, Failure> read_device_answer(const HttpResponse& response,
                                                         std::string_view host) {
  const Secrets json(json_of(response));
  if (response.status != 200 || json.get() == nullptr || json.get()->contains("error")) {
    return failure_of(response, json.get(), host);
  }
  const auto broken = [&](std::string_view why) {
    return Failure{.kind = Failure::Kind::kTransient,
                   .message = fmt::format("the answer of {} {}", host, why),
                   .retry_after = {}};
  };
  DeviceResponse device;
  const std::string* code = text_of(*json.get(), "device_code");
  const std::string* user_code = text_of(*json.get(), "user_code");
  const std::string* uri = text_of(*json.get(), "verification_uri");
  if (uri == nullptr) uri = text_of(*json.get(), "verification_url");  // Google's name for it
  if (code == nullptr || !is_token(*code)) return broken("has no device_code");
  if (user_code == nullptr || !is_token(*user_code) || user_code->size() > 64) {
    return broken("has no user_code");
  }
  // A person is about to be sent there.
  try {
    check_endpoint(uri == nullptr ? "" : *uri, "verification_uri");
  } catch (const Error&) {
    return broken("has no verification_uri that is safe to open");
  }
  device.device_code = SecretString(*code);
  device.user_code = *user_code;
  device.verification_uri = *uri;
  if (const auto* complete = text_of(*json.get(), "verification_uri_complete")) {
    try {
      check_endpoint(*complete, "verification_uri_complete");
      device.verification_uri_complete = *complete;
    } catch (const Error&) {  // NOLINT(bugprone-empty-catch)
      // There is the other one.
    }
  }
  // RFC 8628 §3.2 demands expires_in; within bounds, whatever it says.
  device.expires_in = Seconds(
      std::clamp<std::int64_t>(seconds_of(*json.get(), "expires_in").value_or(600), 1, 3600));
  device.interval =
      Seconds(std::clamp<std::int64_t>(seconds_of(*json.get(), "interval").value_or(5), 1, 60));
  return device;
}

void throw_failure(const Failure& failure) {
  if (failure.kind == Failure::Kind::kInvalidGrant) {
    throw Error(Code::kReauthorize, "oauth.needs_reauth", failure.message,
                "authorize again: tokctl oauth login");
  }
  throw Error(Code::kRemote,
              failure.kind == Failure::Kind::kRefused ? "oauth.refused" : "oauth.failed",
              failure.message);
}

}  // namespace tokctl::oauth
