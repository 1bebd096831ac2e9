// main() of a fuzz target in an ordinary build: every file of the corpus, then a fixed series of
// mutations of them. NAME_fuzz CORPUS-FOLDER [ROUNDS [DICTIONARY]] or NAME_fuzz FILE.
//
// An input that crashes, or takes longer than ten seconds, is left in the file crash-NAME.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t largest_input = 64 * 1024;
constexpr unsigned seconds_per_input = 10;

std::string current; // what the target looks at now
std::string crash_file;

void leave_the_input(int signal)
{
    const int fd = ::open(crash_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    [[maybe_unused]] const auto written = ::write(fd, current.data(), current.size());
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

void watch_for_crashes(const std::string& program)
{
    crash_file = "crash-" + std::filesystem::path(program).filename().string();
    for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM})
        std::signal(signal, leave_the_input);
}

void run(const std::string& input)
{
    current = input;
    ::alarm(seconds_per_input);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(current.data()), current.size());
}

std::string content(const std::filesystem::path& path)
{
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

std::vector<std::string> read_corpus(const std::filesystem::path& folder)
{
    std::vector<std::filesystem::path> paths;
    if (std::filesystem::is_directory(folder))
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
            if (entry.is_regular_file())
                paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end()); // the same series of mutations everywhere
    std::vector<std::string> corpus;
    for (const auto& path : paths)
        corpus.push_back(content(path));
    return corpus;
}

// What stands between the first and the last quote of a line of libFuzzer's dictionary, unescaped.
std::string dictionary_word(const std::string& line)
{
    const auto first = line.find('"');
    const auto last = line.rfind('"');
    if (line.empty() || line[0] == '#' || first == std::string::npos || last <= first)
        return {};
    std::string word;
    for (auto at = first + 1; at < last; ++at) {
        if (line[at] != '\\') {
            word.push_back(line[at]);
        } else if (line[at + 1] == 'x' && at + 3 < last) {
            word.push_back(static_cast<char>(std::strtoul(line.substr(at + 2, 2).c_str(), nullptr, 16)));
            at += 3;
        } else {
            word.push_back(line[++at]);
        }
    }
    return word;
}

std::vector<std::string> read_dictionary(const std::string& path)
{
    std::vector<std::string> words;
    std::ifstream in{path};
    for (std::string line; std::getline(in, line);)
        if (auto word = dictionary_word(line); !word.empty())
            words.push_back(std::move(word));
    return words;
}

class Mutator {
public:
    Mutator(const std::vector<std::string>& corpus, const std::vector<std::string>& words)
        : corpus_(corpus), words_(words)
    {}

    std::string next()
    {
        std::string input = corpus_[pick(corpus_.size())];
        for (auto changes = 1 + pick(8); changes > 0; --changes)
            change(input);
        input.resize(std::min(input.size(), largest_input));
        return input;
    }

private:
    std::size_t pick(std::size_t below) { return below ? static_cast<std::size_t>(random_() % below) : 0; }
    char octet()
    {
        // The values at which lengths and numbers change their form, more often than others.
        static constexpr unsigned char edges[] = {0, 1, 10, 13, 32, 127, 128, 255};
        return static_cast<char>(pick(2) ? edges[pick(sizeof edges)] : pick(256));
    }

    void change(std::string& input)
    {
        const auto at = pick(input.size() + 1);
        const auto length = 1 + pick(std::min<std::size_t>(input.size() - at + 1, 16));
        switch (pick(8)) {
        case 0:
            if (at < input.size())
                input[at] = octet();
            break;
        case 1:
            if (at < input.size())
                input[at] = static_cast<char>(static_cast<unsigned char>(input[at]) ^ 1u << pick(8));
            break;
        case 2:
            input.insert(at, length, octet());
            break;
        case 3:
            input.erase(at, length);
            break;
        case 4:
            input.resize(at);
            break;
        case 5:
            input.insert(pick(input.size() + 1), input.substr(at, length));
            break;
        case 6: {
            const auto& other = corpus_[pick(corpus_.size())];
            const auto from = pick(other.size() + 1);
            input.replace(at, std::string::npos, other.substr(from));
            break;
        }
        default:
            if (!words_.empty())
                input.insert(at, words_[pick(words_.size())]);
        }
    }

    const std::vector<std::string>& corpus_;
    const std::vector<std::string>& words_;
    std::mt19937_64 random_{20240229};
};

}

int main(int argc, char** argv)
{
    if (argc < 2) {
        std::fprintf(stderr, "usage: %s CORPUS-FOLDER [ROUNDS [DICTIONARY]] | FILE\n", argv[0]);
        return 2;
    }
    watch_for_crashes(argv[0]);
    if (std::filesystem::is_regular_file(argv[1])) {
        run(content(argv[1]));
        return 0;
    }
    auto corpus = read_corpus(argv[1]);
    for (const auto& input : corpus)
        run(input);
    std::printf("%zu files\n", corpus.size());
    corpus.emplace_back(); // there is always something to change
    const auto words = argc > 3 ? read_dictionary(argv[3]) : std::vector<std::string>{};
    const auto rounds = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 0;
    Mutator mutator{corpus, words};
    for (unsigned long i = 0; i < rounds; ++i)
        run(mutator.next());
    std::printf("%lu mutations\n", rounds);
    return 0;
}
