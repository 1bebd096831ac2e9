// keyd: holds the private keys of the suite's TLS identities and signs handshakes with them.
//
// The keys come in its parameter block, from master; no other process has them. It sees no file and no network,
// cannot be traced or dumped, and signs only what is the part of a TLS handshake that a server (or, for keys of
// our own connections, a client) signs.
#include "common/log/log.h"
#include "common/service/boot.h"
#include "common/tls/keyd/key_ring.h"
#include "common/tls/keyd/sign_endpoint.h"

#include <sys/mman.h>
#include <sys/prctl.h>

using namespace gp;

int main(int argc, char** argv)
{
    ::prctl(PR_SET_DUMPABLE, 0);
    service::Boot boot{"keyd", argc, argv};
    auto parameters = boot.parameters<keyd::Parameters>();
    const auto ring = keyd::KeyRing::load(parameters);
    boot.forget_block("params"); // the keys' text; load() wipes the copy that was decoded
    if (!ring)
        service::Boot::die(ring.error().text);
    ::mlockall(MCL_CURRENT); // where the limit lets us: the keys themselves are on OpenSSL's locked heap anyway
    auto jailed = std::move(boot).enter_jail();
    const auto tickets = keyd::TicketMill::make(std::chrono::seconds{parameters.tls_ticket_key_lifetime});
    if (!tickets)
        service::Boot::die(tickets.error().text);
    keyd::SignEndpoint endpoint{*ring, *tickets, parameters.signatures_per_second};
    return jailed.serve({.endpoint = &endpoint});
}
