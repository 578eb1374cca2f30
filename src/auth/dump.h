// The portable form of a database: compressed lines of JSON that any of the databases takes back.
//
//   {"tokctl_dump":1,"schema":2,"created_at":…,"root_key":…,"events":…,"mac":…,"rows":{"users":…}}
//   {"table":"users","columns":["public_id",…]}
//   ["6ded…","…",null,1700000000]           a row, its values in the order of columns
//   {"end":true,"rows":…,"sha256":…}        of all the lines before
//
// Sealed values stay sealed and no key is in it. The digest is against damage: whoever can change a
// dump can change it too, as somebody who writes the database can.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "auth/gzip.h"
#include "auth/row_source.h"
#include "crypto/mac.h"

namespace tokctl::auth {

// `out` is given the bytes of the file. `progress` may be empty.
void write_dump(RowSource& source, Time now, const std::function<void(std::string_view)>& out,
                const Progress& progress);

class DumpRows final : public RowSource {
 public:
  // Reads the first line. Throws Error(kIntegrity): "dump.foreign", "dump.damaged", "dump.newer" or
  // "dump.older" when it is of another schema than this program's.
  explicit DumpRows(ReadBytes file);

  const SourceFacts& facts() const override { return facts_; }
  // Once. Throws Error(kIntegrity, "dump.damaged"), perhaps as late as after the last row.
  void each(const Use& use) override;

 private:
  bool next();
  void read_table(std::size_t table, const Use& use);
  void read_end(const std::string& sha256);

  GzipReader lines_;
  std::string line_;
  crypto::Sha256 digest_;
  SourceFacts facts_;
};

}  // namespace tokctl::auth
