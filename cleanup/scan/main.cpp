// scan - parses foreign formats for cleanup.
//
// Address lists of headers today, MIME, signatures and the conversations with scanners and milters
// later: the complex and hostile parsers. It has no file, no socket of its own and answers with data.

#include "cleanup/scan/reader.h"
#include "common/service/boot.h"

int main(int argc, char** argv)
{
    using namespace gp;
    service::Boot boot{"scan", argc, argv};
    auto jailed = std::move(boot).enter_jail();
    scan::Reader reader;
    return jailed.serve({.endpoint = &reader});
}
