#include "common/ipc/codec.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <limits>

namespace gp::ipc {
namespace {

enum class Colour : std::uint8_t { red, green, blue };
constexpr Colour enum_limit(Colour)
{
    return Colour::blue;
}
enum class Unlimited : std::uint32_t {};

struct Inner {
    std::string text;
    std::vector<std::string> words;
    bool operator==(const Inner&) const = default;
    static void fields(auto& self, auto&& field)
    {
        field("text", self.text);
        field("words", self.words);
    }
};

struct Everything {
    bool yes = false;
    std::uint8_t tiny = 0;
    std::int8_t tiny_signed = 0;
    std::uint16_t small = 0;
    std::uint32_t medium = 0;
    std::int32_t medium_signed = 0;
    std::uint64_t large = 0;
    std::int64_t large_signed = 0;
    Colour colour = Colour::red;
    Unlimited unlimited{};
    std::string text;
    Inner inner;
    std::vector<Inner> list;
    std::vector<std::uint32_t> numbers;
    std::optional<std::string> maybe;
    std::optional<Inner> maybe_inner;
    std::vector<std::vector<std::string>> nested;
    bool operator==(const Everything&) const = default;

    static void fields(auto& self, auto&& field)
    {
        field("yes", self.yes);
        field("tiny", self.tiny);
        field("tiny_signed", self.tiny_signed);
        field("small", self.small);
        field("medium", self.medium);
        field("medium_signed", self.medium_signed);
        field("large", self.large);
        field("large_signed", self.large_signed);
        field("colour", self.colour);
        field("unlimited", self.unlimited);
        field("text", self.text);
        field("inner", self.inner);
        field("list", self.list);
        field("numbers", self.numbers);
        field("maybe", self.maybe);
        field("maybe_inner", self.maybe_inner);
        field("nested", self.nested);
    }
};

Everything full()
{
    Everything all;
    all.yes = true;
    all.tiny = 255;
    all.tiny_signed = -128;
    all.small = 65535;
    all.medium = std::numeric_limits<std::uint32_t>::max();
    all.medium_signed = std::numeric_limits<std::int32_t>::min();
    all.large = std::numeric_limits<std::uint64_t>::max();
    all.large_signed = std::numeric_limits<std::int64_t>::min();
    all.colour = Colour::blue;
    all.unlimited = Unlimited{0xffff};
    all.text = std::string("zero\0inside", 11) + std::string(300, 'x');
    all.inner = {"inner", {"a", "", "c"}};
    all.list = {{"one", {}}, {"", {"two"}}};
    all.numbers = {0, 1, 127, 128, 16383, 16384};
    all.maybe = "";
    all.maybe_inner = Inner{"optional", {"x"}};
    all.nested = {{}, {"deep"}};
    return all;
}

template <class T>
std::string refusal(std::string_view octets)
{
    auto decoded = decode<T>(octets);
    return decoded ? "accepted" : decoded.error().text;
}

struct Small {
    std::uint32_t number = 0;
    std::string text;
    static void fields(auto& self, auto&& field)
    {
        field("number", self.number);
        field("text", self.text);
    }
};

struct Narrow {
    std::uint8_t number = 0;
    static void fields(auto& self, auto&& field) { field("number", self.number); }
};
struct Signed {
    std::int16_t number = 0;
    static void fields(auto& self, auto&& field) { field("number", self.number); }
};
struct Flag {
    bool flag = false;
    static void fields(auto& self, auto&& field) { field("flag", self.flag); }
};
struct Coloured {
    Colour colour{};
    static void fields(auto& self, auto&& field) { field("colour", self.colour); }
};
struct List {
    std::vector<std::string> list;
    static void fields(auto& self, auto&& field) { field("list", self.list); }
};

TEST(Codec, EveryKindOfFieldComesBackAsItWas)
{
    for (const auto& message : {Everything{}, full()}) {
        auto back = decode<Everything>(encode(message));
        ASSERT_TRUE(back) << back.error().text;
        EXPECT_EQ(*back, message);
    }
}

TEST(Codec, NumbersOfEverySizeComeBack)
{
    for (int shift = 0; shift < 64; ++shift)
        for (const std::uint64_t step : {std::uint64_t{0}, std::uint64_t{1}}) {
            Everything message;
            message.large = (std::uint64_t{1} << shift) - step;
            message.large_signed = -static_cast<std::int64_t>(message.large / 2);
            auto back = decode<Everything>(encode(message));
            ASSERT_TRUE(back) << back.error().text;
            EXPECT_EQ(*back, message);
        }
}

TEST(Codec, RefusesEveryTruncation)
{
    const auto octets = encode(full());
    for (std::size_t size = 0; size < octets.size(); ++size)
        EXPECT_NE(refusal<Everything>(std::string_view(octets).substr(0, size)), "accepted") << size;
}

TEST(Codec, RefusesOctetsBehindTheLastField)
{
    EXPECT_EQ(refusal<Everything>(encode(full()) + "x"), "octets after the last field nested");
    EXPECT_EQ(refusal<Done>("x"), "octets after the last field (start)");
}

TEST(Codec, RefusesOtherNames)
{
    auto octets = encode(Small{7, "seven"});
    octets[1] = 'm';
    EXPECT_EQ(refusal<Small>(octets), "expected field number");
    EXPECT_EQ(refusal<Small>(encode(Inner{"seven", {}})), "expected field number");
}

TEST(Codec, NeverCrashesOnAChangedOctet)
{
    const auto octets = encode(full());
    for (std::size_t at = 0; at < octets.size(); ++at)
        for (const unsigned change : {1u, 0x7fu, 0x80u, 0xffu}) {
            auto changed = octets;
            changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ change);
            auto decoded = decode<Everything>(changed);
            if (decoded) {
                EXPECT_EQ(encode(*decoded), changed) << "one message has one form, octet " << at;
            }
        }
}

TEST(Codec, RefusesNumbersThatDoNotFit)
{
    using namespace std::string_literals;
    EXPECT_EQ(refusal<Narrow>("\6number\xff\x01"s), "accepted");
    EXPECT_EQ(refusal<Narrow>("\6number\x80\x02"s), "number out of range in field number");
    EXPECT_EQ(refusal<Signed>("\6number\xff\xff\x03"s), "accepted");
    EXPECT_EQ(refusal<Signed>("\6number\x80\x80\x04"s), "number out of range in field number");
    EXPECT_EQ(refusal<Narrow>("\6number\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"s),
              "number badly written in field number");
    EXPECT_EQ(refusal<Narrow>("\6number\x80\x00"s), "number badly written in field number");
    EXPECT_EQ(refusal<Flag>("\4flag\2"s), "neither yes nor no in field flag");
    EXPECT_EQ(refusal<Coloured>("\6colour\2"s), "accepted");
    EXPECT_EQ(refusal<Coloured>("\6colour\3"s), "no such value for field colour");
}

TEST(Codec, RefusesLengthsAndCountsBeyondTheMessage)
{
    using namespace std::string_literals;
    EXPECT_EQ(refusal<List>("\4list\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s),
              "count too large in field list");
    EXPECT_EQ(refusal<List>("\4list\x03\x01"s), "count too large in field list");
    EXPECT_EQ(refusal<List>("\4list\x01\x05"
                            "abc"s),
              "ends inside field list");
    EXPECT_EQ(refusal<List>("\4list\x01\xff\xff\xff\xff\xff\xff\xff\xff\x7f"s), "ends inside field list");
}

struct Tree {
    std::vector<Tree> branches;
    static void fields(auto& self, auto&& field) { field("branches", self.branches); }
};

TEST(Codec, BoundsTheDepthOfNesting)
{
    auto tree_of = [](int depth) {
        Tree tree;
        for (int i = 0; i < depth; ++i) {
            Tree parent;
            parent.branches.push_back(std::move(tree));
            tree = std::move(parent);
        }
        return tree;
    };
    EXPECT_EQ(refusal<Tree>(encode(tree_of(Decoder::max_depth))), "accepted");
    EXPECT_EQ(refusal<Tree>(encode(tree_of(Decoder::max_depth + 1))), "nested too deeply in field branches");
}

struct WithFds {
    Fd first;
    std::string between;
    std::vector<Fd> more;
    static void fields(auto& self, auto&& field)
    {
        field("first", self.first);
        field("between", self.between);
        field("more", self.more);
    }
};

Fd some_fd()
{
    return Fd{OwnedFd{::open("/dev/null", O_RDONLY | O_CLOEXEC)}};
}

TEST(Codec, DescriptorsTravelBesideTheOctetsInOrder)
{
    const WithFds message{some_fd(), "text", {some_fd(), Fd{}, some_fd()}};
    std::vector<Fd> fds;
    const auto octets = encode(message, &fds);
    ASSERT_EQ(fds.size(), 3u);
    auto back = decode<WithFds>(octets, &fds);
    ASSERT_TRUE(back) << back.error().text;
    EXPECT_EQ(back->first.get(), message.first.get());
    EXPECT_EQ(back->more[0].get(), message.more[0].get());
    EXPECT_FALSE(back->more[1]);
    EXPECT_EQ(back->more[2].get(), message.more[2].get());
}

TEST(Codec, RefusesMissingAndSurplusDescriptors)
{
    const WithFds message{some_fd(), "text", {}};
    std::vector<Fd> fds;
    const auto octets = encode(message, &fds);
    std::vector<Fd> none;
    EXPECT_FALSE(decode<WithFds>(octets, &none));
    EXPECT_FALSE(decode<WithFds>(octets));
    std::vector<Fd> two{some_fd(), some_fd()};
    EXPECT_FALSE(decode<WithFds>(octets, &two));
}

TEST(Codec, WithoutAPlaceForThemDescriptorsAreLeftOut)
{
    const WithFds message{some_fd(), "text", {}};
    auto back = decode<WithFds>(encode(message));
    ASSERT_TRUE(back) << back.error().text;
    EXPECT_FALSE(back->first);
    EXPECT_EQ(back->between, "text");
}

}
}
