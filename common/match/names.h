// Host names as lists need them: names of an address, addresses of a name, where a domain's mail goes.
//
// Names is what lists ask; DnsNames asks the domain name system. A test brings its own. Host is the machine
// on the other side of a connection; its name is looked up when the first list wants it and then kept.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/duration.h"
#include "common/base/result.h"
#include "common/dns/host_name.h"
#include "common/dns/resolver.h"
#include "common/net/address.h"

namespace gp::match {

// Where we stand among the hosts that take a domain's mail.
struct MxStanding {
    bool is_best = false;   // one of the best is this machine
    bool is_listed = false; // it is listed at all
};

// Which hosts of a domain's MX records are this machine, and which addresses count as if they were not there.
struct MxQuestion {
    std::function<bool(std::string_view host, const net::Address& address)> is_ours;
    std::function<bool(const net::Address& address)> is_ignored;
};

class Names {
public:
    virtual ~Names() = default;
    virtual Result<dns::HostNames> names_of(const net::Address& address) = 0;
    virtual Result<dns::HostAddresses> addresses_of(std::string_view host) = 0; // without addresses: none
    virtual Result<MxStanding> mx_standing(std::string_view domain, const MxQuestion& question) = 0;
};

class DnsNames final : public Names {
public:
    DnsNames(dns::Resolver& resolver, Duration patience) : resolver_(resolver), patience_(patience) {}
    Result<dns::HostNames> names_of(const net::Address& address) override;
    Result<dns::HostAddresses> addresses_of(std::string_view host) override;
    Result<MxStanding> mx_standing(std::string_view domain, const MxQuestion& question) override;

private:
    dns::Resolver& resolver_;
    Duration patience_;
};

// The host that a host list is asked about.
class Host {
public:
    enum class Lookup { not_yet, found, failed, deferred };

    Host() = default; // no remote host: a message from a local program
    explicit Host(std::string address_text);

    // What somebody else found out already; no look-up follows.
    void set_name(std::string name, std::vector<std::string> aliases = {});
    void set_lookup_failed() { lookup_ = Lookup::failed; }
    void set_lookup_deferred() { lookup_ = Lookup::deferred; }

    bool is_remote() const { return !text_.empty(); }
    const std::string& text() const { return text_; } // as it was given
    // The address, an IPv4-mapped one as IPv4. Empty for a local message or a text that is no address.
    const std::optional<net::Address>& address() const { return address_; }

    // Looks the name up, if that was not done yet.
    Lookup find_name(Names* names);
    Lookup lookup() const { return lookup_; }
    const std::string& name() const { return name_; }
    const std::vector<std::string>& aliases() const { return aliases_; }
    bool secure() const { return secure_; }
    const std::string& why_deferred() const { return why_; }

private:
    std::string text_;
    std::optional<net::Address> address_;
    Lookup lookup_ = Lookup::not_yet;
    std::string name_;
    std::vector<std::string> aliases_;
    bool secure_ = false;
    std::string why_;
};

}
