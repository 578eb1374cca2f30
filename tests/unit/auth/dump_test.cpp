#include "auth/dump.h"

#include <catch2/catch.hpp>
#include <limits>
#include <string>
#include <vector>

#include "base/error.h"
#include "db/table.h"
#include "support/text_source.h"

namespace tokctl::auth {
namespace {

// Says that it has so many rows of each table, and has none.
class Claims final : public RowSource {
 public:
  explicit Claims(std::int64_t rows)
      : facts_{.root_key = "0123456789abcdef",
               .head = {},
               .rows = std::vector<std::int64_t>(db::tables().size(), rows)} {}
  const SourceFacts& facts() const override { return facts_; }
  void each(const Use& /*use*/) override {}

 private:
  SourceFacts facts_;
};

std::string dump_of(std::int64_t rows) {
  std::string file;
  Claims source(rows);
  write_dump(source, from_unix(0), [&](std::string_view bytes) { file += bytes; }, {});
  return file;
}

TEST_CASE("dump: no file claims more rows than can be counted") {
  const auto tables = static_cast<std::int64_t>(db::tables().size());
  CHECK(DumpRows(test::text_source(dump_of(0))).facts().total() == 0);
  CHECK(DumpRows(test::text_source(dump_of(1000))).facts().total() == 1000 * tables);
  for (const std::int64_t rows :
       {std::int64_t{-1}, std::numeric_limits<std::int64_t>::max(),
        std::numeric_limits<std::int64_t>::max() / 2, std::numeric_limits<std::int64_t>::min()}) {
    CAPTURE(rows);
    CHECK_THROWS_AS(DumpRows(test::text_source(dump_of(rows))), Error);
  }
}

}  // namespace
}  // namespace tokctl::auth
