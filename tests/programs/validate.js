// Khronos' validator on each file named: its counts as JSON, a line each.
const fs = require("fs");
const validator = require(process.argv[2]);

(async () => {
    for (const file of process.argv.slice(3)) {
        const report = await validator.validateBytes(new Uint8Array(fs.readFileSync(file)));
        console.log(JSON.stringify({ issues: report.issues, info: report.info }));
    }
})();
