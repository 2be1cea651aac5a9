// What Flamenco's Manager gives to a job type, as far as ours needs it: node flamenco.js SCRIPT JOB.json
// prints the settings of the job type and the tasks that it makes of the job.
const fs = require("fs");
const path = require("path").posix;
const vm = require("vm");

const tasks = [];

function frames(text) {
    return text.split(",").flatMap((part) => {
        const [first, last] = part.split("-").map((number) => parseInt(number, 10));
        return Array.from({ length: (last || first) - first + 1 }, (_, k) => first + k);
    });
}

function chunker(text, size) {
    const all = frames(text);
    const chunks = [];
    for (let start = 0; start < all.length; start += size) {
        const runs = [];
        for (const frame of all.slice(start, start + size)) {
            const run = runs[runs.length - 1];
            if (run && run[1] === frame - 1) run[1] = frame;
            else runs.push([frame, frame]);
        }
        chunks.push(runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(","));
    }
    return chunks;
}

class Task {
    constructor(name, type) {
        Object.assign(this, { name, type, commands: [], after: [] });
    }
    addCommand(command) {
        this.commands.push(command);
    }
    addDependency(task) {
        this.after.push(task.name);
    }
}

const context = vm.createContext({
    print: () => {},
    path: { ...path, stem: (file) => path.parse(file).name },
    formatTimestampLocal: (date) => date.toISOString().slice(0, 19).replace(/[T:]/g, "-"),
    frameChunker: chunker,
    author: {
        Task: (name, type) => new Task(name, type),
        Command: (name, parameters) => ({ name, parameters }),
    },
    job: { ...JSON.parse(fs.readFileSync(process.argv[3])), created: new Date(0), addTask: (task) => tasks.push(task) },
});
vm.runInContext(fs.readFileSync(process.argv[2], "utf8"), context);
const settings = vm.runInContext("JOB_TYPE.settings", context);
vm.runInContext("compileJob(job)", context);
console.log(JSON.stringify({ settings, tasks }));
