// What is told of milters between our processes: how each one is treated, what it said of a command or a message, and
// what it wants changed. Values only; scan speaks with them, cleanup obeys, conf reads the settings.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gp::mail {

// What becomes of the mail when a milter is not there or does not do what the protocol says (milter_default_action).
enum class MilterDefault : std::uint8_t { accept, reject, tempfail, quarantine, shutdown };
constexpr MilterDefault enum_limit(MilterDefault)
{
    return MilterDefault::shutdown;
}

struct Milter {
    std::vector<std::string> places; // "inet:127.0.0.1:8891": the first that answers is spoken with
    std::uint32_t connect_timeout = 30, command_timeout = 30, content_timeout = 300; // seconds
    MilterDefault default_action = MilterDefault::tempfail;
    static void fields(auto& self, auto&& field)
    {
        field("places", self.places);
        field("connect_timeout", self.connect_timeout);
        field("command_timeout", self.command_timeout);
        field("content_timeout", self.content_timeout);
        field("default_action", self.default_action);
    }
};

// The milters of a listener, in their order, and what they are told of it.
struct MilterSet {
    std::vector<Milter> milters;
    std::string daemon_name; // {daemon_name}
    static void fields(auto& self, auto&& field)
    {
        field("milters", self.milters);
        field("daemon_name", self.daemon_name);
    }
};

struct MilterVerdict {
    enum class Kind : std::uint8_t { go_on, accept, reject, tempfail, discard, shut_down };
    Kind kind = Kind::go_on;
    std::uint32_t code = 0; // 0: the usual one
    std::string enhanced, text;
    bool is_refusal() const { return kind == Kind::reject || kind == Kind::tempfail || kind == Kind::shut_down; }
    static void fields(auto& self, auto&& field)
    {
        field("kind", self.kind);
        field("code", self.code);
        field("enhanced", self.enhanced);
        field("text", self.text);
    }
};
constexpr MilterVerdict::Kind enum_limit(MilterVerdict::Kind)
{
    return MilterVerdict::Kind::shut_down;
}

// One change of a message, in the order in which they were asked for.
struct MilterChange {
    enum class Kind : std::uint8_t {
        add_header, insert_header, change_header, add_recipient, delete_recipient, change_sender, replace_body, quarantine
    };
    Kind kind = Kind::add_header;
    std::uint32_t index = 0; // insert_header: the place; change_header: which of that name, from 1
    std::string name;        // of a header
    std::string value;       // as it goes into the message; an address; octets of the body; why
    static void fields(auto& self, auto&& field)
    {
        field("kind", self.kind);
        field("index", self.index);
        field("name", self.name);
        field("value", self.value);
    }
};
constexpr MilterChange::Kind enum_limit(MilterChange::Kind)
{
    return MilterChange::Kind::quarantine;
}

// "{client_addr}" and its value. A milter may ask for others than the usual ones of a stage.
struct MilterMacro {
    std::string name, value;
    bool is_usual = true;
    static void fields(auto& self, auto&& field)
    {
        field("name", self.name);
        field("value", self.value);
        field("is_usual", self.is_usual);
    }
};

enum class MilterEvent : std::uint8_t { connect, helo, mail, rcpt, data, unknown };
constexpr MilterEvent enum_limit(MilterEvent)
{
    return MilterEvent::unknown;
}

}
