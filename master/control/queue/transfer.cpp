#include "master/control/queue/transfer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/base/text.h"
#include "common/spool/envelope_text.h"
#include "common/spool/exim_export.h"
#include "common/spool/exim_import.h"
#include "common/spool/line_ends.h"
#include "common/spool/spool.h"

namespace gp::control {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t large_message = 256 * 1024; // as spool_large_message has it
constexpr std::uint64_t largest_import = std::uint64_t{1} << 30;

Status write_file(const std::string& path, std::string_view octets)
{
    OwnedFd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (!file)
        return system_error("create " + path);
    while (!octets.empty()) {
        const auto written = ::write(file.get(), octets.data(), octets.size());
        if (written < 0)
            return system_error("write " + path);
        octets.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<std::string> read_whole(const std::string& path)
{
    std::error_code failed;
    const auto size = fs::file_size(path, failed);
    if (failed)
        return permanent(path + ": " + failed.message(), Cause::not_found);
    if (size > largest_import)
        return permanent(path + " is larger than a message may be");
    std::ifstream file(path, std::ios::binary);
    std::stringstream octets;
    octets << file.rdbuf();
    if (!file)
        return size == 0 ? Result<std::string>{std::string{}} : permanent("read " + path);
    return octets.str();
}

// Header and body of an .eml file; any line end becomes CRLF.
Status split_message(const std::string& text, Imported& into)
{
    const auto wire = spool::to_wire(text);
    if (wire.starts_with("\r\n")) {
        into.body = wire.substr(2);
        return {};
    }
    const auto end = wire.find("\r\n\r\n");
    if (end == std::string::npos) {
        into.headers = wire;
        return {};
    }
    into.headers = wire.substr(0, end + 2);
    into.body = wire.substr(end + 4);
    return {};
}

Result<Imported> read_envelope_pair(const std::string& path)
{
    const auto base = path.substr(0, path.size() - std::string_view(".envelope").size());
    Imported message;
    message.envelope = TRY(spool::envelope_from_text(TRY(read_whole(path))));
    TRY(split_message(TRY(read_whole(base + ".eml")), message));
    return message;
}

// What Exim has delivered since it wrote the -H file: recipients, and addresses below them.
void apply_journal(const std::string& journal, mail::Envelope& envelope)
{
    std::istringstream lines(journal);
    for (std::string line; std::getline(lines, line);) {
        if (line.empty())
            continue;
        bool is_recipient = false;
        for (auto& recipient : envelope.recipients)
            if (recipient.address == line)
                recipient.done = is_recipient = true;
        if (!is_recipient)
            envelope.done_children.push_back(line);
    }
}

Result<Imported> read_exim_pair(const std::string& path)
{
    const auto base = path.substr(0, path.size() - 2);
    const auto id = base.substr(base.rfind('/') + 1);
    auto head = TRY(spool::read_exim_header_file(TRY(read_whole(path))));
    const auto data = TRY(read_whole(base + "-D"));
    const auto body = TRY(spool::exim_data_body(data, id));
    Imported message{.envelope = std::move(head.envelope),
                     .headers = std::move(head.headers),
                     .body = head.wire_format ? std::string(body) : spool::to_wire(body),
                     .notes = std::move(head.notes)};
    if (auto journal = read_whole(base + "-J"))
        apply_journal(*journal, message.envelope);
    return message;
}

bool is_exported(const fs::path& path)
{
    const auto name = path.filename().string();
    return name.ends_with("-H") || name.ends_with(".envelope");
}

class SpoolImporter final : public Importer {
public:
    Status start(const std::string& directory)
    {
        struct stat status {};
        if (::stat(directory.c_str(), &status) != 0)
            return system_error("open " + directory);
        if (::geteuid() == 0)
            io_.give_to(status.st_uid, status.st_gid);
        OwnedFd place{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        if (!place)
            return system_error("open " + directory);
        spool_ = TRY(spool::Spool::open(io_, std::move(place), clock_, {}));
        return {};
    }
    ~SpoolImporter() override
    {
        if (spool_)
            static_cast<void>(spool_->close()); // what was added is durable; only the mark of a clean end is lost
    }

    Result<std::string> add(Imported message) override
    {
        auto& envelope = message.envelope;
        const auto id = TRY(spool::Key::parse(envelope.id));
        if (spool_->index().find(id))
            return permanent("is in the queue already");
        if (std::ranges::all_of(envelope.recipients, &mail::Recipient::done))
            return permanent("has no recipient that is not done");
        envelope.settles.clear();
        envelope.settles_recipients.clear();
        const auto encoded = spool::encode_envelope(envelope);
        spool::NewMessage record{.id = id,
                                 .facts = {.received = envelope.received,
                                           .size = message.headers.size() + message.body.size(),
                                           .lines = static_cast<std::uint64_t>(std::max<std::ptrdiff_t>(
                                               1, std::ranges::count(message.headers, '\n') + std::ranges::count(message.body, '\n')) - 1),
                                           .queue = envelope.queue,
                                           .frozen = envelope.frozen,
                                           .frozen_at = envelope.frozen_at},
                                 .envelope = encoded,
                                 .headers = message.headers,
                                 .body = message.body};
        bool at_line_start = true;
        if (!spool::has_leading_dot(message.body, at_line_start))
            record.flags |= spool::no_leading_dots;
        if (message.body.size() > large_message)
            TRY(put_aside(record));
        spool::Batch batch;
        batch.add(record);
        TRY(spool_->commit(batch));
        return id.str();
    }

private:
    // The body of a large message is durable in a file of its own before its record is written.
    Status put_aside(spool::NewMessage& record)
    {
        auto file = TRY(spool_->large().create(record.id));
        spool::LargeWriter writer{io_, spool_->large(), record.id, std::move(file)};
        TRY(writer.write(record.body));
        TRY(writer.finish());
        record.facts.large_size = writer.size();
        record.facts.large_crc = writer.crc();
        record.large = true;
        record.body = {};
        return {};
    }

    spool::Io io_;
    SystemClock clock_;
    std::unique_ptr<spool::Spool> spool_;
};

class QueueImporter final : public Importer {
public:
    explicit QueueImporter(std::unique_ptr<Queue> queue) : queue_(std::move(queue)) {}

    Result<std::string> add(Imported message) override
    {
        const auto id = message.envelope.id;
        qmgr::Import order;
        order.envelope = spool::encode_envelope(message.envelope);
        order.headers = std::move(message.headers);
        order.body = std::move(message.body);
        TRY(queue_->import(std::move(order), id));
        return id;
    }

private:
    std::unique_ptr<Queue> queue_;
};

}

// ID.eml and ID.envelope, or with --exim ID-H and ID-D as Exim keeps them.
Status export_message(Queue& queue, const std::string& id, const std::string& directory, bool exim)
{
    const auto shown = TRY(queue.show(id, true));
    const auto body = whole_body(shown);
    const auto base = directory + "/" + id;
    if (exim) {
        TRY(write_file(base + "-H", spool::exim_header_file(shown.envelope, shown.headers, shown.listed.attempted)));
        return write_file(base + "-D", id + "-D\n" + replace_all(body, "\r\n", "\n"));
    }
    TRY(write_file(base + ".eml", shown.headers + "\r\n" + body));
    return write_file(base + ".envelope", spool::envelope_to_text(shown.envelope));
}

Result<Imported> read_exported(const std::string& path)
{
    auto message = path.ends_with("-H") ? read_exim_pair(path) : read_envelope_pair(path);
    if (!message)
        return permanent(path + ": " + message.error().text);
    return message;
}

Result<std::vector<std::string>> find_exported(const std::string& path)
{
    if (!fs::is_directory(path)) {
        if (!is_exported(path))
            return permanent(path + " is neither a directory nor an .envelope or -H file");
        return std::vector<std::string>{path};
    }
    std::vector<std::string> found;
    std::error_code failed;
    for (fs::recursive_directory_iterator at(path, failed), end; !failed && at != end; at.increment(failed)) {
        if (at.depth() > 1)
            at.disable_recursion_pending();
        if (at->is_regular_file(failed) && is_exported(at->path()))
            found.push_back(at->path());
    }
    if (failed)
        return permanent(path + ": " + failed.message());
    std::ranges::sort(found);
    return found;
}

std::unique_ptr<Importer> Importer::through(std::unique_ptr<Queue> queue)
{
    return std::make_unique<QueueImporter>(std::move(queue));
}

Result<std::unique_ptr<Importer>> Importer::open(const std::string& spool_directory)
{
    auto importer = std::make_unique<SpoolImporter>();
    TRY(importer->start(spool_directory));
    return std::unique_ptr<Importer>{std::move(importer)};
}

}
