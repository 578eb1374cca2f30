// A portable dump is read to its end or refused in a word of ours, whatever the file holds and
// however it arrives.
#include <algorithm>
#include <string>
#include <vector>

#include "auth/dump.h"
#include "auth/gzip.h"
#include "base/error.h"
#include "base/utf8.h"
#include "db/table.h"
#include "require.h"
#include "support/text_source.h"

using namespace tokctl;

namespace {

std::string compressed(std::string_view text) {
  std::string file;
  auth::GzipWriter writer([&](std::string_view bytes) { file += bytes; });
  writer.append(text);
  writer.finish();
  return file;
}

void read(const std::string& file) {
  try {
    auth::DumpRows rows(test::text_source(file, 4096));
    fuzz::require(rows.facts().total() >= 0);
    rows.each([](std::size_t, const db::Cells&) {});
  } catch (const Error& error) {
    fuzz::require(error.id().starts_with("dump.") && !has_control(error.message()));
  }
}

class NoRows final : public auth::RowSource {
 public:
  const auth::SourceFacts& facts() const override { return facts_; }
  void each(const Use& /*use*/) override {}

 private:
  const auth::SourceFacts facts_{.root_key = "0123456789abcdef",
                                 .head = {},
                                 .rows = std::vector<std::int64_t>(db::tables().size())};
};

// The lines of a sound dump.
std::string sound() {
  std::string file;
  NoRows none;
  auth::write_dump(none, from_unix(0), [&](std::string_view bytes) { file += bytes; }, {});
  auth::DumpRows(test::text_source(file)).each([](std::size_t, const db::Cells&) {});
  auth::GzipReader reader(test::text_source(file));
  std::string text;
  for (std::string line; reader.line(line);) text += line + "\n";
  return text;
}

// The lines come back as they were.
void lines(const std::string& text, std::size_t piece) {
  auth::GzipReader reader(test::text_source(compressed(text + "\n"), piece));
  std::string line;
  std::string again;
  while (reader.line(line)) again += line + "\n";
  fuzz::require(again == text + "\n");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::text_of(data, size));
  read(text);
  read(compressed(text));
  static const std::string kSound = sound();
  if (size > 1) {
    std::string changed = kSound;
    changed.replace((data[0] * 256U + data[1]) % changed.size(), size - 2, text, 2);
    read(compressed(changed));
  }
  lines(text, size > 0 ? data[0] % 64 + 1U : 1U);
  return 0;
}
