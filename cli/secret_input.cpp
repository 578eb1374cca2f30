#include "cli/secret_input.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/utf8.h"
#include "cli/input.h"
#include "cli/terminal.h"

namespace tokctl::cli {
namespace {

constexpr std::size_t kPasswordBytesMax = 4096;
constexpr std::int64_t kDescriptorMax = 1023;

std::string ways(const PasswordSource& source) {
  return fmt::format("--{0}-stdin, --{0}-file FILE or --{0}-fd N", source.name);
}

// `client secret`
std::string called(const PasswordSource& source) {
  std::string name = source.name;
  std::ranges::replace(name, '-', ' ');
  return name;
}

std::string prompt(const PasswordSource& source) {
  std::string name = called(source);
  name.front() = static_cast<char>(name.front() - 'a' + 'A');
  return name;
}

// `/dev/fd/63`, as a shell writes <(command): a descriptor by another name, and no file on disk.
std::optional<std::int64_t> descriptor_in(std::string_view path) {
  constexpr std::string_view kPrefix = "/dev/fd/";
  if (!path.starts_with(kPrefix)) return std::nullopt;
  const auto number = parse_whole_number(path.substr(kPrefix.size()));
  return number && *number >= 0 && *number <= kDescriptorMax ? number : std::nullopt;
}

SecretString from_descriptor(const PasswordSource& source, std::int64_t fd) {
  // Somebody would otherwise see it typed, and have to end it with ^D.
  if (::isatty(static_cast<int>(fd)) != 0) return ask_secret(prompt(source));
  return read_all(static_cast<int>(fd), kPasswordBytesMax);
}

SecretString from_file(Context& context, const PasswordSource& source) {
  const std::string& path = *source.file;
  if (const auto fd = descriptor_in(path)) return from_descriptor(source, *fd);
  auto file = read_file(path, kPasswordBytesMax);
  if (!file) {
    throw Error(Code::kUsage, "password.file", fmt::format("{} does not exist", printable(path)));
  }
  // Not refused: secrets mounted into containers are often readable by all inside.
  if (file->exposed) context.note(fmt::format("others can read {}", path));
  std::string_view text = file->text.reveal();
  if (text.ends_with('\n')) text.remove_suffix(1);
  return SecretString(text);
}

SecretString from_person(Context& context, const PasswordSource& source, Asking asking) {
  if (context.globals().no_input || !somebody_is_there()) {
    throw Error(Code::kUsage, "password.missing",
                fmt::format("a {} is needed, and nobody can be asked", called(source)),
                fmt::format("give it by {}", ways(source)));
  }
  SecretString password = ask_secret(prompt(source));
  if (asking == Asking::kTwice &&
      !constant_time_equal(password.reveal(), ask_secret("Once more").reveal())) {
    throw Error(Code::kUsage, "password.differ", "the two passwords differ");
  }
  return password;
}

}  // namespace

void add_password_options(Command& command, PasswordSource& source) {
  const std::string name = called(source);
  command
      .flag(fmt::format("--{}-stdin", source.name), source.from_stdin,
            fmt::format("Read the {} from standard input", name))
      .text(fmt::format("--{}-file", source.name), "FILE", source.file,
            fmt::format("Read the {} from a file", name))
      .number(fmt::format("--{}-fd", source.name), "N", 0, kDescriptorMax, source.fd,
              fmt::format("Read the {} from an open descriptor", name));
}

bool is_given(const PasswordSource& source) {
  return source.from_stdin || source.file || source.fd;
}

void check_password_source(const PasswordSource& source) {
  if (int{source.from_stdin} + int{source.file.has_value()} + int{source.fd.has_value()} > 1) {
    throw Error(Code::kUsage, "password.sources", fmt::format("give only one of {}", ways(source)));
  }
}

SecretString read_password(Context& context, const PasswordSource& source, Asking asking) {
  check_password_source(source);
  SecretString password = source.from_stdin ? from_descriptor(source, STDIN_FILENO)
                          : source.fd       ? from_descriptor(source, *source.fd)
                          : source.file     ? from_file(context, source)
                                            : from_person(context, source, asking);
  if (password.empty()) {
    throw Error(Code::kUsage, "password.empty", fmt::format("the {} is empty", called(source)));
  }
  if (password.size() > kPasswordBytesMax) {
    throw Error(Code::kUsage, "password.too_long",
                fmt::format("the {} is longer than {} bytes", called(source), kPasswordBytesMax));
  }
  if (password.reveal().find('\n') != std::string_view::npos) {
    throw Error(Code::kUsage, "password.lines",
                fmt::format("the {} is more than one line", called(source)));
  }
  return password;
}

}  // namespace tokctl::cli
