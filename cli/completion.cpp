#include <memory>

#include "cli/context.h"
#include "cli/nouns.h"
#include "embedded/completion_bash.h"
#include "embedded/completion_fish.h"
#include "embedded/completion_zsh.h"

namespace tokctl::cli {

void add_completion(Command& completion) {
  completion.example("  source <(tokctl completion bash)")
      .verb("bash", "Print the script for bash",
            [](Command& command) {
              command.example("  source <(tokctl completion bash)").run([](Context& context) {
                context.print(embedded::kCompletionBash);
                return 0;
              });
            })
      .verb("zsh", "Print the script for zsh",
            [](Command& command) {
              command.example("  source <(tokctl completion zsh)").run([](Context& context) {
                context.print(embedded::kCompletionZsh);
                return 0;
              });
            })
      .verb("fish", "Print the script for fish", [](Command& command) {
        command.example("  tokctl completion fish | source").run([](Context& context) {
          context.print(embedded::kCompletionFish);
          return 0;
        });
      });
}

}  // namespace tokctl::cli
