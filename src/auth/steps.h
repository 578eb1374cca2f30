// The steps of a validation, and what they leave for the operator.
#pragma once

#include <string_view>
#include <vector>

#include "model/token.h"

namespace tokctl::auth {

// Each step is asked once, in its order; the first that fails is the verdict.
class Steps {
 public:
  // `checks`, if not null, is told of each step.
  explicit Steps(std::vector<Check>* checks) : checks_(checks) {}

  // Returns `passed`. `detail`, asked only when somebody wants to know, says what was seen.
  template <typename Detail>
  bool operator()(std::string_view name, bool passed, Detail&& detail) {
    if (checks_) checks_->push_back({name, passed, detail()});
    return passed;
  }

 private:
  std::vector<Check>* checks_;
};

}  // namespace tokctl::auth
