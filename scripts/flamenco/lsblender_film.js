// SPDX-License-Identifier: GPL-3.0-or-later
//
// A job type for Flamenco, Blender's own farm manager: the frames of a file that `lsblender blend` wrote, in chunks, and
// one film after them. The workers need Blender and nothing of lsblender.
//
// Put it into the folder `scripts` beside flamenco-manager. It was tested in node against stand-ins for what the Manager
// gives to scripts (tests/programs/test_flamenco.py). It has not been run by a Manager.

const JOB_TYPE = {
    label: "Loss landscape film",
    description: "The frames of a file written by lsblender, and the film of them",
    settings: [
        // chosen by the person who submits
        { key: "frames", type: "string", required: true, eval: "f'{C.scene.frame_start}-{C.scene.frame_end}'",
          description: "Frames to render, for example 1-120 or 1-48, 97-120" },
        { key: "chunk_size", type: "int32", default: 8, propargs: { min: 1, max: 1000 }, visible: "submission",
          description: "Frames that one task renders" },
        { key: "quality", type: "int32", default: 16, propargs: { min: 0, max: 51 }, visible: "submission",
          description: "What the film keeps of the frames: 0 is all, higher numbers are less" },
        { key: "output_root", type: "string", subtype: "dir_path", required: true, visible: "submission",
          description: "Folder on the shared storage for the job's own folder" },

        // found out by Blender
        { key: "output_folder", type: "string", subtype: "dir_path", editable: false,
          eval: "str(Path(abspath(settings.output_root), jobname))",
          description: "The job's folder, for its frames and the film" },
        { key: "blendfile", type: "string", required: true, visible: "web", description: "The file to render" },
        { key: "fps", type: "float", required: true, eval: "C.scene.render.fps / C.scene.render.fps_base",
          visible: "hidden" },
        { key: "format", type: "string", required: true, eval: "C.scene.render.image_settings.file_format",
          visible: "hidden" },
    ],
};

function compileJob(job) {
    const settings = job.settings;
    if (settings.format !== "PNG") {
        throw `this job type renders PNG, as files of lsblender do, and not ${settings.format}`;
    }
    if (!settings.output_folder) {
        throw "the job has no output_folder";
    }
    // every submission has a folder of its own, so that frames of two versions never meet
    const folder = path.join(settings.output_folder, formatTimestampLocal(job.created));
    const chunks = frameChunker(settings.frames, settings.chunk_size).map((chunk) => renderTask(settings, folder, chunk));
    const film = filmTask(settings, folder);
    for (const task of chunks) {
        job.addTask(task);
        film.addDependency(task);
    }
    job.addTask(film);
}

// Frames of one chunk ("9-16" or "9"), rendered by plain Blender.
function renderTask(settings, folder, chunk) {
    const task = author.Task(`frames ${chunk}`, "blender");
    task.addCommand(author.Command("blender-render", {
        exe: "{blender}",
        exeArgs: "{blenderArgs}",
        argsBefore: [],
        blendfile: settings.blendfile,
        args: [
            "--render-output", path.join(folder, "frames", "######"),
            "--render-format", settings.format,
            "--render-frame", chunk.replace(/-/g, ".."),
        ],
    }));
    return task;
}

// The film of all frames: H.264 that every player takes, its sides made even, its colours said to be what they are.
function filmTask(settings, folder) {
    const task = author.Task("film", "ffmpeg");
    task.addCommand(author.Command("frames-to-video", {
        exe: "ffmpeg",
        fps: settings.fps,
        inputGlob: path.join(folder, "frames", "*.png"),
        outputFile: path.join(folder, `${path.stem(settings.blendfile)}.mp4`),
        args: [
            "-c:v", "libx264",
            "-crf", String(settings.quality),
            "-vf", "crop=floor(iw/2)*2:floor(ih/2)*2:0:0,scale=out_color_matrix=bt709:out_range=tv",
            "-pix_fmt", "yuv420p",
            "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709",
            "-movflags", "+faststart",
            "-r", String(settings.fps),
            "-y",
        ],
    }));
    return task;
}
