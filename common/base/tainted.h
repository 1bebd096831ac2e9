// A text and whether a stranger had a hand in it (manual chapter 11, "tainted data").
//
// What came from a peer, a message or a user's file stays marked through every operation until a
// look-up or a list has vouched for it. Expansions, look-ups and lists pass Text; whoever names a file,
// a command or a query takes only what is not tainted.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace gp {

struct Text {
    std::string text;
    // What brought the stranger's words in, as the administrator writes it: "$local_part". Refers to a
    // literal, never to text that may go away. Empty: the text is clean.
    std::string_view taint;
    // The look-up type whose quoting operator all tainted parts have passed ("mysql"); a literal.
    std::string_view quoted_for;

    static Text clean(std::string words) { return {std::move(words), {}, {}}; }
    static Text from(std::string words, std::string_view source) { return {std::move(words), source, {}}; }

    bool tainted() const { return !taint.empty(); }
    bool empty() const { return text.empty(); }

    void append(std::string_view clean_words) { text += clean_words; }
    void append(const Text& other)
    {
        text += other.text;
        mark(other);
    }
    // Words that were made from `other` carry its mark.
    void mark(const Text& other)
    {
        if (!other.tainted())
            return;
        quoted_for = !tainted() || quoted_for == other.quoted_for ? other.quoted_for : std::string_view{};
        if (!tainted())
            taint = other.taint;
    }
};

}
