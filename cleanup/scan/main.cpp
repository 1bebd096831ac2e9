// scan - parses foreign formats for cleanup.
//
// Address lists of headers, and the conversations with virus and spam scanners over connections that are handed
// in: the complex and hostile parsers. It has no file, makes no connection and answers with data.

#include "cleanup/scan/reader.h"
#include "common/service/boot.h"

int main(int argc, char** argv)
{
    using namespace gp;
    service::Boot boot{"scan", argc, argv};
    auto jailed = std::move(boot).enter_jail();
    scan::Reader reader{Registry<scan::Scanner>::linked()};
    return jailed.serve({.endpoint = &reader});
}
