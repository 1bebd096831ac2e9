// dbmjz: a Berkeley DB file; the key is a list, whose items are joined by zero octets (manual 9.3).

#include "common/lookup/detail/db_file.h"

namespace gp::lookup {
namespace {

const RegisterLookup self{{
    .name = "dbmjz",
    .style = Style::file,
    .open = [](const Environment&, const std::string& path) { return open_db_file(path, DbKey::joined); },
    .doc = "A Berkeley DB file; the key is a list, its items joined by zero octets.",
}};

}
}
