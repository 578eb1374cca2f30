// Standard output, checked: what could not be written is an error, never a silence.
#pragma once

#include <string>
#include <string_view>

namespace tokctl::cli {

// Buffers what a command prints. Nothing is flushed behind one's back before the buffer is full, so
// that a command that fails early has printed nothing.
class Sink {
 public:
  // Writes to `fd`, called `name` in messages. Does not own it.
  explicit Sink(int fd, std::string name);
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  ~Sink();  // wipes the buffer; flushes nothing

  void append(std::string_view text);
  // Throws Error(kInternal, "output.failed").
  void flush();
  void discard();
  // Throws the error that flush would, for the system's `error`.
  [[noreturn]] void fail(int error);

  // What has been committed and cannot be undone, for the message when printing fails afterwards.
  void committed(std::string what) { committed_ = std::move(what); }

 private:
  int fd_;
  std::string name_;
  std::string buffer_;
  std::string committed_;
};

}  // namespace tokctl::cli
