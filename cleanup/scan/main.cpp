// scan - parses foreign formats for cleanup.
//
// Address lists of headers, the parts of MIME messages, DKIM signatures, and the conversations with virus and
// spam scanners over connections that are handed in: the complex and hostile parsers. It makes no connection and
// answers with data; it has no file, but for a directory of its own where the configuration has parts decoded
// into files.

#include "cleanup/scan/reader.h"
#include "common/mail/charsets.h"
#include "common/service/boot.h"
#include "common/sign/canonical.h"

int main(int argc, char** argv)
{
    using namespace gp;
    service::Boot boot{"scan", argc, argv};
    sign::sha256({}); // OpenSSL reads its configuration while files can be seen
    mail::load_charsets();
    const auto scratch = scan::Scratch::below(boot.instance().spool_directory);
    auto jailed = std::move(boot).enter_jail();
    scan::Reader reader{Registry<scan::Scanner>::linked(), scratch};
    constexpr std::int64_t a_day = 24 * 3600;
    return jailed.serve({.endpoint = &reader, .on_start = [&] { scratch.forget_older_than(a_day); }});
}
