// dbm: a Berkeley DB file whose keys end in a zero octet (manual 9.3).

#include "common/lookup/detail/db_file.h"

namespace gp::lookup {
namespace {

const RegisterLookup self{{
    .name = "dbm",
    .style = Style::file,
    .open = [](const Environment&, const std::string& path) { return open_db_file(path, DbKey::with_zero); },
    .doc = "A Berkeley DB file whose keys end in a zero octet, as exim_dbmbuild writes it.",
}};

}
}
