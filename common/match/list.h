// A list of domains, hosts, addresses or local parts, compiled once and matched many times (manual
// chapter 10). Router, ACLs and options use them through expand/lists.h, which expands a list first.
//
// Items are tried from left to right and the first that matches decides. Plain names, "*.suffix" items and
// networks that stand side by side are looked up together in hash tables that remember each item's place,
// so that a list of 10,000 entries costs no more than one of ten; everything else (regular expressions,
// look-ups, named lists, files) is tried in its turn.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/base/tainted.h"
#include "common/match/match.h"

namespace gp::match {

class Lists;
struct CompiledList; // detail/compiled.h

// A list text, compiled. Copies share what was compiled. The texts of error messages are Exim's.
class List {
public:
    List() = default; // matches nothing
    explicit List(std::shared_ptr<const CompiledList> compiled) : compiled_(std::move(compiled)) {}
    // `text` has been expanded. An item that cannot be compiled is an error for whoever comes as far; files are read when asked.
    static List compile(const Lists& lists, Kind kind, const Text& text, bool caseful = false,
                        bool addresses_only = false);
    explicit operator bool() const { return compiled_ != nullptr; }
    Kind kind() const;
    const Error* fault() const; // of the first item that cannot be compiled; null: there is none
    bool looks_things_up() const; // it may ask for more than its own items and the subject
    const CompiledList& compiled() const { return *compiled_; }

private:
    std::shared_ptr<const CompiledList> compiled_;
};

// Everything that lists of one process share. Lives as long as the configuration that it was made from.
class Lists {
public:
    Lists(NamedLists named, Self self, const lookup::Lookups& lookups, Names* names);
    ~Lists();
    Lists(const Lists&) = delete;
    Lists& operator=(const Lists&) = delete;

    Result<Match> domain(const List& list, std::string_view domain, Asker& asker) const;
    // `caseful` says whether the subject's own case counts from the start (caseful_local_part).
    Result<Match> local_part(const List& list, std::string_view local_part, bool caseful, Asker& asker) const;
    // An empty address is the null sender.
    Result<Match> address(const List& list, std::string_view address, Asker& asker) const;
    Result<Match> host(const List& list, Host& host, Asker& asker) const;
    // match_ip, ignore_target_hosts: a host list that never asks for a name. `address` may be empty.
    Result<Match> ip(const List& list, std::string_view address, Asker& asker) const;

    const NamedLists& named() const { return named_; }
    const Self& self() const { return self_; }
    const lookup::Lookups& lookups() const { return lookups_; }
    Names* names() const { return names_; }

    // A named list, compiled; kept when its text needs no expansion. An error when there is none.
    Result<List> find_named(Kind kind, std::string_view name, bool caseful, bool addresses_only,
                            Asker& asker) const;
    // May a list's answer be kept while its subject's message lasts (manual 10.8)?
    bool may_remember(Kind kind, std::string_view name) const;
    // The items of a file, compiled; read again when the file has changed.
    Result<List> find_file(Kind kind, const std::string& path, bool caseful, bool addresses_only) const;

private:
    Result<Match> names(const List& list, std::string_view subject, std::string_view folded, Asker& asker) const;

    NamedLists named_;
    Self self_;
    const lookup::Lookups& lookups_;
    Names* names_;
    struct Kept;
    std::unique_ptr<Kept> kept_;
};

}
