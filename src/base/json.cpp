#include "base/json.h"

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace tokctl {
namespace {

// Watches the names of the objects being parsed.
class MemberCheck {
 public:
  bool operator()(int depth, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
    if (depth > kJsonDepthMax) failed_ = true;
    if (failed_) return false;
    const auto level = static_cast<std::size_t>(depth);
    if (event == nlohmann::json::parse_event_t::object_start) {
      names_.resize(level + 2);
      names_[level + 1].clear();
    } else if (event == nlohmann::json::parse_event_t::key) {
      failed_ = !names_[level].insert(parsed.get<std::string>()).second;
    }
    return true;
  }
  bool failed() const { return failed_; }

 private:
  std::vector<std::set<std::string>> names_;  // by depth
  bool failed_ = false;
};

}  // namespace

std::optional<nlohmann::json> parse_json_object(std::string_view text) {
  if (text.starts_with("\xEF")) return std::nullopt;  // the library passes over a byte order mark
  MemberCheck check;
  auto json = nlohmann::json::parse(text, std::ref(check), /*allow_exceptions=*/false);
  if (check.failed() || !json.is_object()) return std::nullopt;
  return json;
}

}  // namespace tokctl
