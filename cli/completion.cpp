#include <memory>

#include "cli/context.h"
#include "cli/nouns.h"
#include "embedded/completion_bash.h"
#include "embedded/completion_fish.h"
#include "embedded/completion_zsh.h"

namespace tokctl::cli {

namespace {

int print_script(Context& context, std::string_view script) {
  context.refuse_fields();
  context.print(script);
  return 0;
}

}  // namespace

void add_completion(Command& completion) {
  completion.example("  source <(tokctl completion bash)")
      .verb("bash", "Print the script for bash",
            [](Command& command) {
              command.example("  source <(tokctl completion bash)").run([](Context& context) {
                return print_script(context, embedded::kCompletionBash);
              });
            })
      .verb("zsh", "Print the script for zsh",
            [](Command& command) {
              command.example("  source <(tokctl completion zsh)").run([](Context& context) {
                return print_script(context, embedded::kCompletionZsh);
              });
            })
      .verb("fish", "Print the script for fish", [](Command& command) {
        command.example("  tokctl completion fish | source").run([](Context& context) {
          return print_script(context, embedded::kCompletionFish);
        });
      });
}

}  // namespace tokctl::cli
