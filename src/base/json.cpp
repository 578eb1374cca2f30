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

bool all_is_read_as_json(std::string_view text) {
  return !text.starts_with("\xEF") && text.find('\0') == std::string_view::npos;
}

std::optional<nlohmann::json> parse_json_object(std::string_view text) {
  if (!all_is_read_as_json(text)) return std::nullopt;
  MemberCheck check;
  auto json = nlohmann::json::parse(text, std::ref(check), /*allow_exceptions=*/false);
  if (check.failed() || !json.is_object()) return std::nullopt;
  return json;
}

}  // namespace tokctl
