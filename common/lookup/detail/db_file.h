// A Berkeley DB file of any kind, opened for reading only (manual 9.3), for the look-up types dbm, dbmnz and
// dbmjz.
#pragma once

#include "common/lookup/lookup.h"

namespace gp::lookup {

// The key as the file has it: with a zero octet at its end, without, or a list joined by zero octets.
enum class DbKey { with_zero, plain, joined };

// The file, checked and open. An error: it cannot be opened, may not be used, or is no such file.
Result<std::unique_ptr<Source>> open_db_file(const std::string& path, DbKey form);

}
