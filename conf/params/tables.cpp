#include "conf/params/tables.h"

#include <algorithm>
#include <array>
#include <deque>
#include <memory>

#include "conf/params/acls.h"
#include "conf/params/delivery.h"
#include "conf/params/detail/rows.h"
#include "conf/params/identity.h"
#include "conf/params/limits.h"
#include "conf/params/logging.h"
#include "conf/params/own.h"
#include "conf/params/process.h"
#include "conf/params/queue.h"
#include "conf/params/resolver.h"
#include "conf/params/smtp_input.h"
#include "conf/params/tls.h"

namespace gp::conf {
namespace {

using config::Option;
using config::Standing;
using config::Table;

template <class S>
void add_rows(std::vector<Option>& options)
{
    for (const auto& param : S::params())
        options.push_back(param.option());
}

std::vector<Option> main_options()
{
    std::vector<Option> options;
    add_rows<HostIdentity>(options);
    add_rows<Limits>(options);
    add_rows<SmtpInput>(options);
    add_rows<Acls>(options);
    add_rows<Queue>(options);
    add_rows<Delivery>(options);
    add_rows<Tls>(options);
    add_rows<Resolver>(options);
    add_rows<Logging>(options);
    add_rows<Process>(options);
    add_rows<Own>(options);
    for (const Rows rows : {server_rows(), check_rows()})
        options.insert(options.end(), rows.begin(), rows.end());
    return options;
}

// All drivers, each with its standing: a driver that is not there yet is refused where it is named.
struct KnownDriver {
    DriverClass kind;
    std::string_view name;
    Standing standing;
    Rows (*rows)(); // null: no private options
};
constexpr std::array known_drivers = {
    KnownDriver{DriverClass::router, "accept", Standing::supported, nullptr},
    KnownDriver{DriverClass::router, "dnslookup", Standing::supported, router_dnslookup_rows},
    KnownDriver{DriverClass::router, "ipliteral", Standing::supported, nullptr},
    KnownDriver{DriverClass::router, "iplookup", Standing::supported, router_iplookup_rows},
    KnownDriver{DriverClass::router, "manualroute", Standing::supported, router_manualroute_rows},
    KnownDriver{DriverClass::router, "queryprogram", Standing::supported, router_queryprogram_rows},
    KnownDriver{DriverClass::router, "redirect", Standing::supported, router_redirect_rows},
    KnownDriver{DriverClass::transport, "appendfile", Standing::supported, transport_appendfile_rows},
    KnownDriver{DriverClass::transport, "autoreply", Standing::supported, transport_autoreply_rows},
    KnownDriver{DriverClass::transport, "lmtp", Standing::supported, transport_lmtp_rows},
    KnownDriver{DriverClass::transport, "pipe", Standing::supported, transport_pipe_rows},
    KnownDriver{DriverClass::transport, "queuefile", Standing::supported, transport_queuefile_rows},
    KnownDriver{DriverClass::transport, "smtp", Standing::supported, transport_smtp_rows},
    KnownDriver{DriverClass::authenticator, "cram_md5", Standing::supported, authenticator_cram_md5_rows},
    KnownDriver{DriverClass::authenticator, "cyrus_sasl", Standing::supported, authenticator_cyrus_sasl_rows},
    KnownDriver{DriverClass::authenticator, "dovecot", Standing::supported, authenticator_dovecot_rows},
    KnownDriver{DriverClass::authenticator, "external", Standing::supported, authenticator_external_rows},
    KnownDriver{DriverClass::authenticator, "gsasl", Standing::supported, authenticator_gsasl_rows},
    KnownDriver{DriverClass::authenticator, "heimdal_gssapi", Standing::not_yet,
                authenticator_heimdal_gssapi_rows},
    KnownDriver{DriverClass::authenticator, "plaintext", Standing::supported, authenticator_plaintext_rows},
    KnownDriver{DriverClass::authenticator, "spa", Standing::supported, authenticator_spa_rows},
    KnownDriver{DriverClass::authenticator, "tls", Standing::supported, authenticator_tls_rows},
};

// The tables of one class, made once; settings point into them as long as the process lives.
struct Kinds {
    std::deque<Table> tables;
    std::vector<DriverKind> kinds;

    explicit Kinds(DriverClass kind)
    {
        for (const auto& driver : known_drivers) {
            if (driver.kind != kind)
                continue;
            const Rows own = driver.rows ? driver.rows() : Rows{};
            const Rows generic = generic_rows(kind);
            std::vector<Option> options(generic.begin(), generic.end());
            options.insert(options.end(), own.begin(), own.end());
            tables.emplace_back(std::string(class_name(kind)) + " driver " + std::string(driver.name),
                                std::move(options));
            kinds.push_back({driver.name, driver.standing, &tables.back(), own});
        }
    }
};

const Kinds& kinds_of(DriverClass kind)
{
    static const Kinds routers(DriverClass::router);
    static const Kinds transports(DriverClass::transport);
    static const Kinds authenticators(DriverClass::authenticator);
    switch (kind) {
    case DriverClass::router: return routers;
    case DriverClass::transport: return transports;
    case DriverClass::authenticator: break;
    }
    return authenticators;
}

}

std::string_view class_name(DriverClass kind)
{
    switch (kind) {
    case DriverClass::router: return "router";
    case DriverClass::transport: return "transport";
    case DriverClass::authenticator: break;
    }
    return "authenticator";
}

const Table& main_table()
{
    static const Table table("main", main_options());
    return table;
}

std::span<const Option> generic_rows(DriverClass kind)
{
    switch (kind) {
    case DriverClass::router: return router_generic_rows();
    case DriverClass::transport: return transport_generic_rows();
    case DriverClass::authenticator: break;
    }
    return authenticator_generic_rows();
}

std::span<const DriverKind> driver_kinds(DriverClass kind)
{
    return kinds_of(kind).kinds;
}

const DriverKind* driver_kind(DriverClass kind, std::string_view name)
{
    const auto kinds = driver_kinds(kind);
    const auto at = std::ranges::find(kinds, name, &DriverKind::name);
    return at != kinds.end() ? &*at : nullptr;
}

}
