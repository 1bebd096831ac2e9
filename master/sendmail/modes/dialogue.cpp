// -bh and -bhc: an SMTP session on standard input and output as if it came from the address given. ACLs,
// verification and routing are real; what is accepted is thrown away (manual 5.3).
#include <cstdio>

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/log/log.h"
#include "master/sendmail/rehearsal.h"
#include "master/sendmail/standard_stream.h"

namespace gp::sendmail {
namespace {

// Every digit of an IPv6 address, as Exim has it here.
std::string in_full(const net::Address& address)
{
    if (address.is_v4())
        return address.text();
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const auto octet : address.bytes()) {
        if (out.size() % 5 == 4)
            out += ':';
        out += digits[octet >> 4];
        out += digits[octet & 15];
    }
    return out;
}

// The address as the session has it; a port may follow behind a dot.
Result<mail::Origin> origin_of(const Workplace& place, std::string_view text)
{
    mail::Origin origin;
    mail::believe(place.options().letter, origin);
    if (!origin.host_address.empty()) // -oMa behind -bh
        text = origin.host_address;
    auto address = net::Address::parse(text);
    if (const auto dot = text.rfind('.'); !address && dot != text.npos) {
        const auto port = parse_unsigned(text.substr(dot + 1));
        address = net::Address::parse(text.substr(0, dot));
        if (port && *port <= 65535)
            origin.host_port = static_cast<std::uint32_t>(*port);
    }
    if (!address)
        return permanent("\"" + escape(text) + "\" is not an IP address");
    origin.host_address = in_full(*address);
    return origin;
}

int rehearse(Workplace& place)
{
    const auto& options = place.options();
    auto origin = origin_of(place, options.values.at(options.mode));
    if (!origin) {
        std::fprintf(stderr, "exim: %s\n", origin.error().text.c_str());
        return 1;
    }
    auto rehearsal = Rehearsal::make(place, options.mode == "-bhc");
    if (!rehearsal) {
        std::fprintf(stderr, "exim: %s\n", rehearsal.error().text.c_str());
        return 1;
    }
    std::printf("\n**** SMTP testing session as if from host %s\n"
                "**** but without any ident (RFC 1413) callback.\n"
                "**** This is not for real!\n\n",
                origin->host_address.c_str());
    std::fflush(stdout);
    StandardStream stream;
    (*rehearsal)->play(stream, std::move(*origin));
    return 0;
}

// What would be logged is shown beside the session.
void show_log(const log::Entry& entry)
{
    if (entry.file == log::File::journal) // for gatepost explain; nothing has happened that it could explain
        return;
    static std::string last; // a line for two logs is shown once, as Exim does
    const bool is_copy = entry.file == log::File::reject || entry.file == log::File::panic;
    if (is_copy && !last.empty() && (entry.text == last || entry.text.starts_with(last + "\n"))) // the reject log has the headers, too
        return;
    last = entry.text;
    constexpr std::string_view shown = "LOG: ";
    std::fprintf(stderr, "%s%.*s\n", entry.file == log::File::debug ? "" : shown.data(),
                 static_cast<int>(entry.text.size()), entry.text.data());
}

int dialogue(const Options& options)
{
    log::set_sink(show_log);
    return Workplace::run(options, Workplace::Needs::routing, rehearse);
}

const RegisterMode entries[] = {
    RegisterMode{{.name = "-bh",
                  .run = dialogue,
                  .value = Mode::Value::follows,
                  .doc = "an SMTP session as if from a host; nothing is kept, ratelimit and seen count on a copy, and no delay is waited for"}},
    RegisterMode{{.name = "-bhc",
                  .run = dialogue,
                  .value = Mode::Value::follows,
                  .doc = "-bh, with callouts"}},
};

}
}
