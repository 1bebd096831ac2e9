// The whole configuration as const data: main settings, named lists, access control lists, routers,
// transports, authenticators, retry and rewriting rules, each with the file and line it came from.
//
// `load` reads a file (or a text), `load_flat` the sealed image's "flat" block; both give the same. The
// config program, router and the command-line tools use nothing else to read a configuration.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/config/flat.h"
#include "common/config/lexer.h"
#include "common/config/param.h"
#include "common/config/problem.h"
#include "common/config/reader.h"
#include "common/config/section.h"
#include "common/config/source.h"
#include "conf/params/acls.h"
#include "conf/params/delivery.h"
#include "conf/params/identity.h"
#include "conf/params/limits.h"
#include "conf/params/logging.h"
#include "conf/params/own.h"
#include "conf/params/process.h"
#include "conf/params/queue.h"
#include "conf/params/resolver.h"
#include "conf/params/rules.h"
#include "conf/params/smtp_input.h"
#include "conf/params/tables.h"
#include "conf/params/tls.h"

namespace gp::conf {

// The main section: typed by subject for what the code acts on, and every option by name.
struct MainSettings {
    config::Settings all; // all.flag("queue_only"), all.expandable("acl_smtp_rcpt"), all.origin(…)
    HostIdentity identity;
    Limits limits;
    SmtpInput smtp_input;
    Acls acls;
    Queue queue;
    Delivery delivery;
    Tls tls;
    Resolver resolver;
    Logging logging;
    Process process;
    Own own;
};

// One router, transport or authenticator: generic and private options together, by name.
struct Driver {
    std::string name;   // of the instance: "local_user"
    std::string driver; // what it runs: "accept"
    config::Settings settings;
    config::Origin origin;
};

struct Configuration {
    std::string file; // as named by the caller
    MainSettings main;
    std::vector<config::NamedList> lists; // in the order of the file
    std::vector<config::Acl> acls;
    std::vector<Driver> routers, transports, authenticators; // in the order of the file
    std::vector<RetryRule> retry;
    std::vector<RewriteRule> rewrite;
    config::Flat flat;                    // what load_flat reads again; config::pack(flat) for the image
    std::vector<config::Macro> macros;    // for -bP macros; empty after load_flat
    std::vector<std::string> files;       // that were read; empty after load_flat
    std::vector<config::Line> text;       // every logical line, macro definitions too; empty after load_flat
    std::map<std::string, config::Origin, std::less<>> included_from; // file, and the directive that named it

    const config::NamedList* list(config::ListKind kind, std::string_view name) const;
    const config::Acl* acl(std::string_view name) const;
    const Driver* router(std::string_view name) const;
    const Driver* transport(std::string_view name) const;
    const Driver* authenticator(std::string_view name) const;
};

struct LoadOptions {
    config::Unsupported unsupported = config::Unsupported::refuse;
    std::vector<std::string> definitions; // -D, without the "-D": "NAME" or "NAME=VALUE"
    config::Limits limits;
    std::string host_name;                // empty: the system's; tests say what they need
    const config::Names* names = nullptr; // null: the system's users and groups
    std::string software = "Gatepost";    // what default texts call the program; "Exim" in tests that expect it
    // What a text expands to that asks for nothing outside of it (expand::constant_value): for options that are expanded
    // once, when the file is read. Empty: none of them may hold an expansion.
    std::function<std::optional<std::string>(std::string_view text)> constant_value;
};

struct Loaded {
    std::shared_ptr<const Configuration> configuration; // null when there are errors
    std::shared_ptr<const Configuration> partial;       // all that could be read, also of a bad file: to find more errors
    config::Problems problems;                          // errors, and warnings also of a good file
    explicit operator bool() const { return configuration != nullptr; }
};

Loaded load(const config::Source& source, const LoadOptions& options = {});
// `octets` is a block made by config::pack; of the options only `unsupported` is looked at.
Loaded load_flat(std::string_view octets, const LoadOptions& options = {});

// conf/default/gatepost.conf, services.conf and aliases, as built into the program.
std::string_view default_configuration();
std::string_view default_services();
std::string_view default_aliases();

}
