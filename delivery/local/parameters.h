// What master tells the launcher.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gp::launcher {

// Marks in a permitted name, where the configuration has something that is expanded: a variable that has no slash
// in it, anything, the home directory that the password file has.
inline constexpr char mark_segment = '\x01', mark_anything = '\x02', mark_home = '\x03';
inline constexpr std::uint32_t any_uid = 0xffffffff;

// A file that router may have looked at with a user's rights, since the configuration names it.
struct FilePermit {
    std::string pattern;
    std::uint32_t uid = any_uid;       // the only one, when the configuration names the user
    bool interprets = false;           // it is redirection data: it may be read and obeyed
    std::uint32_t modemask = 0;        // bits that such a file must not have …
    bool checks_owner = false;
    std::vector<std::uint32_t> owners; // … and who may own it beside the user
    static void fields(auto& self, auto&& field)
    {
        field("pattern", self.pattern);
        field("uid", self.uid);
        field("interprets", self.interprets);
        field("modemask", self.modemask);
        field("checks_owner", self.checks_owner);
        field("owners", self.owners);
    }
};

// One option of a transport as the configuration has it: what router says of it must fit one of the patterns.
struct OptionPermit {
    std::string name;
    std::vector<std::string> patterns;
    bool is_constant = false; // it must be there
    bool names_file = false;  // no way up in it
    static void fields(auto& self, auto&& field)
    {
        field("name", self.name);
        field("patterns", self.patterns);
        field("is_constant", self.is_constant);
        field("names_file", self.names_file);
    }
};

struct TransportPermit {
    std::string name, driver;
    std::uint32_t uid = any_uid; // `user`, when that is literal
    std::vector<OptionPermit> options;
    // One pattern for each word of `command` and `transport_filter`.
    std::vector<std::string> command, filter;
    static void fields(auto& self, auto&& field)
    {
        field("name", self.name);
        field("driver", self.driver);
        field("uid", self.uid);
        field("options", self.options);
        field("command", self.command);
        field("filter", self.filter);
    }
};

// transport_filter of an smtp transport, which remote may have run: as whom, and a pattern for each word.
struct FilterPermit {
    std::string transport;
    std::uint32_t uid = 0, gid = 0;
    std::vector<std::string> words;
    static void fields(auto& self, auto&& field)
    {
        field("transport", self.transport);
        field("uid", self.uid);
        field("gid", self.gid);
        field("words", self.words);
    }
};

// A queryprogram router's command: as whom, where, and a pattern for each word.
struct ProgramPermit {
    std::uint32_t uid = 0, gid = 0;
    std::string directory;
    std::vector<std::string> words;
    static void fields(auto& self, auto&& field)
    {
        field("uid", self.uid);
        field("gid", self.gid);
        field("directory", self.directory);
        field("words", self.words);
    }
};

// A named list, which a user's filter may ask; hidden ones stay where they are.
struct NamedList {
    std::uint32_t kind = 0; // config::ListKind
    std::string name, text;
    bool always_cached = false;
    static void fields(auto& self, auto&& field)
    {
        field("kind", self.kind);
        field("name", self.name);
        field("text", self.text);
        field("always_cached", self.always_cached);
    }
};

struct Parameters {
    std::string primary_hostname;
    std::string qualify_domain;
    std::string qualify_recipient;
    std::string spool_directory;
    std::string headers_charset = "UTF-8";
    std::uint32_t message_body_visible = 500;
    bool message_body_newlines = false;
    bool print_topbitchars = false;
    bool strict_acl_vars = false, check_rfc2047_length = true, allow_utf8_domains = false, log_timezone = false;
    std::string timezone;     // "UTC" means UTC
    std::string exim_version; // empty: the one that we are like
    std::vector<NamedList> lists;
    std::vector<FilePermit> files;
    std::vector<TransportPermit> transports;
    // Pipes, files and replies that came out of the administrator's own redirection data need no ticket as these
    // users: routers and transports name them.
    std::vector<std::uint32_t> unticketed_uids;
    bool unticketed_all = false; // a router takes the user from the address and the data from a look-up
    // As whom such filters may write logs while they run in router.
    std::vector<std::uint32_t> journal_uids;
    std::uint32_t launcher_max_children = 50; // local deliveries at once
    std::uint32_t first_uid = 1000;           // the child may become this one and all above …
    std::vector<std::uint32_t> also_uids;     // … and those that transports name
    std::vector<std::uint32_t> never_uids;    // never_users
    std::uint32_t scan_gid = 0;               // of messages that a scanner program reads: for what the configuration runs, and nothing else
    std::vector<std::uint32_t> also_gids;     // groups that the configuration names; else a user has the user's own …
    bool any_gid = false;                     // … or any but 0: some `group` is an expansion
    bool pipe_allow_network = false;
    std::uint64_t child_memory_mib = 1024;    // RLIMIT_AS of a child that is no pipe
    std::uint64_t child_file_size = 0;        // RLIMIT_FSIZE in octets; 0: none
    std::uint32_t local_child_messages = 100;       // of one user to one mailbox, by one child; 1: a child for each
    std::uint32_t local_child_lifetime = 60;        // seconds after which a child gets no further message
    std::uint32_t local_child_idle = 2;             // seconds that it waits for one
    std::uint32_t local_child_syncs = 8;            // new files of one Maildir that are waited for at once
    std::uint32_t spool_timeout = 300;        // seconds to wait for spoold
    std::vector<std::string> programs;        // that ${run names: "UID PATH"; their words are anybody's
    std::vector<ProgramPermit> queries;       // of queryprogram routers
    std::vector<FilterPermit> filters;        // of smtp transports
    std::vector<std::string> run_environment; // of ${run's programs: "NAME=value"
    std::uint64_t run_output_max = 256 * 1024; // octets of what ${run's program may write
    bool checks_by_pam = false;               // the configuration has the condition pam
    std::uint32_t pam_uid = any_uid, pam_gid = any_uid; // as whom PAM's modules run …
    std::vector<std::uint32_t> pam_gids;      // … with these groups beside
    std::uint32_t pam_timeout = 30;           // seconds for one answer
    std::uint32_t pam_max_children = 20;      // of them at once
    bool pam_allow_network = false;
    bool judges_by_sasl = false;              // the configuration has an authenticator with driver = cyrus_sasl
    std::uint32_t sasl_uid = any_uid, sasl_gid = any_uid; // as whom that library runs …
    std::vector<std::uint32_t> sasl_gids;     // … with these groups beside
    std::uint32_t sasl_timeout = 60;          // seconds for one login
    std::uint32_t sasl_max_children = 50;     // of them at once
    bool sasl_allow_network = false;
    std::uint32_t user_file_timeout = 30;     // seconds for a look at a user's file
    std::uint64_t user_file_size_max = 1024 * 1024; // octets that are read of one
    static void fields(auto& self, auto&& field)
    {
        field("primary_hostname", self.primary_hostname);
        field("qualify_domain", self.qualify_domain);
        field("qualify_recipient", self.qualify_recipient);
        field("spool_directory", self.spool_directory);
        field("headers_charset", self.headers_charset);
        field("message_body_visible", self.message_body_visible);
        field("message_body_newlines", self.message_body_newlines);
        field("print_topbitchars", self.print_topbitchars);
        field("strict_acl_vars", self.strict_acl_vars);
        field("check_rfc2047_length", self.check_rfc2047_length);
        field("allow_utf8_domains", self.allow_utf8_domains);
        field("log_timezone", self.log_timezone);
        field("timezone", self.timezone);
        field("exim_version", self.exim_version);
        field("lists", self.lists);
        field("files", self.files);
        field("transports", self.transports);
        field("unticketed_uids", self.unticketed_uids);
        field("unticketed_all", self.unticketed_all);
        field("journal_uids", self.journal_uids);
        field("launcher_max_children", self.launcher_max_children);
        field("first_uid", self.first_uid);
        field("also_uids", self.also_uids);
        field("never_uids", self.never_uids);
        field("also_gids", self.also_gids);
        field("scan_gid", self.scan_gid);
        field("any_gid", self.any_gid);
        field("pipe_allow_network", self.pipe_allow_network);
        field("child_memory_mib", self.child_memory_mib);
        field("child_file_size", self.child_file_size);
        field("local_child_messages", self.local_child_messages);
        field("local_child_lifetime", self.local_child_lifetime);
        field("local_child_idle", self.local_child_idle);
        field("local_child_syncs", self.local_child_syncs);
        field("spool_timeout", self.spool_timeout);
        field("programs", self.programs);
        field("queries", self.queries);
        field("filters", self.filters);
        field("run_environment", self.run_environment);
        field("run_output_max", self.run_output_max);
        field("checks_by_pam", self.checks_by_pam);
        field("pam_uid", self.pam_uid);
        field("pam_gid", self.pam_gid);
        field("pam_gids", self.pam_gids);
        field("pam_timeout", self.pam_timeout);
        field("pam_max_children", self.pam_max_children);
        field("pam_allow_network", self.pam_allow_network);
        field("judges_by_sasl", self.judges_by_sasl);
        field("sasl_uid", self.sasl_uid);
        field("sasl_gid", self.sasl_gid);
        field("sasl_gids", self.sasl_gids);
        field("sasl_timeout", self.sasl_timeout);
        field("sasl_max_children", self.sasl_max_children);
        field("sasl_allow_network", self.sasl_allow_network);
        field("user_file_timeout", self.user_file_timeout);
        field("user_file_size_max", self.user_file_size_max);
    }
};

}
