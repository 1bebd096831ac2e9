#include "common/spool/fields.h"

#include <gtest/gtest.h>

namespace gp::spool {
namespace {

struct Inner {
    std::string word;
    bool flag = true;
    static void fields(auto& self, auto&& field)
    {
        field("word", self.word);
        field("flag", self.flag);
    }
};

struct Old {
    std::int64_t number = 7;
    std::vector<Inner> inners;
    static void fields(auto& self, auto&& field)
    {
        field("number", self.number);
        field("inners", self.inners);
    }
};

struct New {
    std::int64_t number = 7;
    std::string added = "as it was";
    std::vector<Inner> inners;
    std::vector<std::string> words;
    Inner inner;
    static void fields(auto& self, auto&& field)
    {
        field("number", self.number);
        field("added", self.added);
        field("inners", self.inners);
        field("words", self.words);
        field("inner", self.inner);
    }
};

struct Deep {
    std::vector<Deep> below;
    static void fields(auto& self, auto&& field) { field("below", self.below); }
};

mail::Envelope full_envelope()
{
    mail::Envelope envelope;
    envelope.id = "1rABCD-000001-00";
    envelope.received = 1'700'000'000'123'456;
    envelope.sender = "sender@example.org";
    envelope.recipients.resize(3);
    envelope.recipients[0].address = "a@example.net";
    envelope.recipients[1].address = "b@example.net";
    envelope.recipients[1].notify = mail::notify_success | mail::notify_delay;
    envelope.recipients[1].done = true;
    envelope.recipients[2].address = std::string("odd\0octets\xff", 11);
    envelope.done_children = {"x@example.net", ""};
    envelope.origin.host_address = "192.0.2.1";
    envelope.origin.host_port = 65535;
    envelope.variables = {{.name = "m_a", .value = "1\n2", .tainted = false}, {.name = "c_b", .value = ""}};
    envelope.body = mail::BodyType::eight_bit_mime;
    envelope.dsn_return = mail::DsnReturn::full;
    envelope.frozen_at = -5;
    return envelope;
}

std::string whole(const mail::Envelope& envelope)
{
    std::string out;
    write_fields(out, envelope);
    return out;
}

TEST(Fields, EnvelopeComesBackAsItWas)
{
    const auto envelope = full_envelope();
    const auto back = decode_envelope(encode_envelope(envelope));
    ASSERT_TRUE(back) << back.error().text;
    EXPECT_EQ(whole(*back), whole(envelope));
    EXPECT_EQ(back->recipients.size(), 3u);
    EXPECT_EQ(back->recipients[2].address, envelope.recipients[2].address);
    EXPECT_FALSE(back->variables[0].tainted);
    EXPECT_TRUE(back->variables[1].tainted);
    EXPECT_EQ(back->frozen_at, -5);
    EXPECT_EQ(back->done_children, envelope.done_children);
}

TEST(Fields, DefaultsCostNothing)
{
    EXPECT_EQ(encode_envelope(mail::Envelope{}), "");
    std::string out;
    write_fields(out, Inner{.word = "", .flag = false});
    EXPECT_EQ(out, std::string("\4flag\1\0", 7));
}

TEST(Fields, NewerReaderKeepsDefaultsOfWhatIsAbsent)
{
    std::string out;
    write_fields(out, Old{.number = -3, .inners = {{.word = "w", .flag = true}, {}}});
    const auto read = read_fields<New>(out);
    ASSERT_TRUE(read) << read.error().text;
    EXPECT_EQ(read->number, -3);
    EXPECT_EQ(read->added, "as it was");
    ASSERT_EQ(read->inners.size(), 2u);
    EXPECT_EQ(read->inners[0].word, "w");
    EXPECT_TRUE(read->inners[1].flag);
}

TEST(Fields, OlderReaderSkipsWhatItDoesNotKnow)
{
    std::string out;
    write_fields(out, New{.number = 9, .added = "x", .inners = {{}}, .words = {"", "two"}, .inner = {.word = "i"}});
    const auto read = read_fields<Old>(out);
    ASSERT_TRUE(read) << read.error().text;
    EXPECT_EQ(read->number, 9);
    EXPECT_EQ(read->inners.size(), 1u);
    const auto again = read_fields<New>(out);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->words, (std::vector<std::string>{"", "two"}));
    EXPECT_EQ(again->inner.word, "i");
}

// Another release may have written them in another order, with fields between that we do not know.
TEST(Fields, OrderDoesNotMatter)
{
    const std::string sender = "\x06" "sender" "\x03" "a@b", id = "\x02" "id" "\x01" "x", strange = "\x03" "new" "\x02" "??";
    for (const auto& octets : {id + sender + strange, sender + id, strange + sender + strange + id, sender + strange + id}) {
        mail::Envelope envelope;
        ASSERT_TRUE(decode_envelope(octets, envelope));
        EXPECT_EQ(envelope.id, "x");
        EXPECT_EQ(envelope.sender, "a@b");
    }
    // Written twice: the last one counts.
    mail::Envelope envelope;
    ASSERT_TRUE(decode_envelope(id + sender + "\x02" "id" "\x01" "y", envelope));
    EXPECT_EQ(envelope.id, "y");
}

TEST(Fields, LongValuesHaveLongLengths)
{
    for (const std::size_t size : {126u, 127u, 128u, 16383u, 16384u, 300000u}) {
        std::string out;
        write_fields(out, New{.words = {std::string(size, 'x'), "after"}});
        const auto read = read_fields<New>(out);
        ASSERT_TRUE(read) << size << ": " << read.error().text;
        EXPECT_EQ(read->words[0].size(), size);
        EXPECT_EQ(read->words[1], "after");
    }
}

TEST(Fields, EveryTruncationIsRefusedOrReadsLess)
{
    const auto octets = encode_envelope(full_envelope());
    for (std::size_t size = 0; size < octets.size(); ++size) {
        const auto read = decode_envelope(std::string_view(octets).substr(0, size));
        if (read) {
            EXPECT_LE(encode_envelope(*read).size(), size);
        }
    }
}

TEST(Fields, RefusesWhatCannotBe)
{
    EXPECT_FALSE(read_fields<Inner>(std::string("\4flag\2\0\0", 8)));     // octets after the number
    EXPECT_FALSE(read_fields<Inner>(std::string("\4flag\1\2", 7)));        // no boolean
    EXPECT_FALSE(read_fields<Inner>(std::string("\4flag\7\0", 7)));        // more than there is
    EXPECT_FALSE(read_fields<Inner>(std::string("\0\0", 2)));              // a field without a name
    EXPECT_FALSE(read_fields<mail::Envelope>(std::string("\4body\1\7", 7))); // no such body type
    EXPECT_FALSE(read_fields<Inner>(std::string("\4word\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 15)));
}

TEST(Fields, NestingIsBounded)
{
    std::string octets;
    for (int i = 0; i < 20; ++i) {
        std::string element;
        append_varint(element, octets.size());
        element += octets;
        std::string field = "\5below";
        append_varint(field, element.size());
        octets = field + element;
        const auto read = read_fields<Deep>(octets);
        EXPECT_EQ(static_cast<bool>(read), i < max_field_depth) << i;
    }
}

}
}
